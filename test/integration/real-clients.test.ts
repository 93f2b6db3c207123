// What frontend teams use, as they use it: Apollo Client without any set-up for subscriptions, urql, and plain fetch.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ApolloClient, CombinedGraphQLErrors, HttpLink, InMemoryCache } from '@apollo/client';
import { cacheExchange, Client, fetchExchange, subscriptionExchange } from '@urql/core';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import {
  InitiateTransferDocument,
  ListTransactionsDocument,
  SendTransferOtpDocument,
  WatchTransactionDocument,
  type WatchTransactionSubscription,
} from '../../examples/web/src/documents.js';
import { CUSTOMER, LATLONG, RECIPIENT, startGateway, type Gateway } from '../support/gateway.js';
import { watchOverHttp } from '../support/live-status.js';
import { sendOtp, tryInitiate } from '../support/transfer-client.js';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway({ settings: { INQUIRY_SCHEDULE_MS: '300,600' } });
});
afterAll(() => gateway.stop());

/** Awaited first, a success at the second inquiry. */
const terms = { customerId: CUSTOMER, recipientId: RECIPIENT, amount: 103 };
const toInput = (otpRefId: string) => ({ ...terms, otpRefId, otp: '123456', latlong: LATLONG });

describe('Apollo Client 4', () => {
  const createApollo = () =>
    new ApolloClient({
      link: new HttpLink({ uri: `${gateway.url}/graphql` }),
      cache: new InMemoryCache(),
    });

  test('sends an OTP, transfers, follows the status and lists, with an address and nothing else', async () => {
    const client = createApollo();
    const sent = await client.mutate({ mutation: SendTransferOtpDocument, variables: { input: terms } });
    const otpRefId = sent.data?.sendTransferOtp?.transferOtp.otpRefId ?? '';
    const made = await client.mutate({
      mutation: InitiateTransferDocument,
      variables: { input: toInput(otpRefId) },
    });
    const transaction = made.data?.initiateTransfer?.transaction;
    expect(transaction).toMatchObject({ status: 'AWAITED', nextAction: 'WAIT', isFinal: false });

    const statuses: string[] = [];
    await new Promise<void>((resolve, reject) => {
      client
        .subscribe({ query: WatchTransactionDocument, variables: { id: transaction?.id ?? '' } })
        .subscribe({
          next: ({ data, error }) => {
            if (error) reject(new Error(error.message));
            else statuses.push(data?.transactionUpdated.status ?? 'nothing');
          },
          error: reject,
          complete: resolve,
        });
    });
    expect(statuses).toEqual(['AWAITED', 'SUCCESS']);

    const { data } = await client.query({ query: ListTransactionsDocument, variables: { first: 5 } });
    const listed = data?.transactions?.edges.map(({ node }) => node).find(({ id }) => id === transaction?.id);
    expect(listed).toMatchObject({ status: 'SUCCESS', amount: 103 });
    client.stop();
  });

  test('is told of errors with their codes, also where it subscribes', async () => {
    const client = createApollo();
    const refused: unknown = await client
      .mutate({ mutation: InitiateTransferDocument, variables: { input: toInput('TXNOTP-unknown') } })
      .catch((error: unknown) => error);
    expect(CombinedGraphQLErrors.is(refused) && refused.errors[0]?.extensions?.['code']).toBe(
      'OTP_NOT_FOUND',
    );

    const missing: unknown = await new Promise((resolve) => {
      client
        .subscribe({ query: WatchTransactionDocument, variables: { id: 'nonsense' } })
        .subscribe({ next: ({ error }) => resolve(error), error: resolve });
    });
    expect(CombinedGraphQLErrors.is(missing) && missing.errors[0]?.extensions?.['code']).toBe('NOT_FOUND');
    client.stop();
  });
});

describe('urql', () => {
  test('sends an OTP, transfers, follows the status over graphql-ws and lists', async () => {
    const socket = createClient({
      url: `${gateway.url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
    });
    const client = new Client({
      url: `${gateway.url}/graphql`,
      preferGetMethod: false,
      exchanges: [
        cacheExchange,
        fetchExchange,
        subscriptionExchange({
          forwardSubscription: ({ query = '', variables }) => ({
            subscribe: (sink) => ({ unsubscribe: socket.subscribe({ query, variables }, sink as never) }),
          }),
        }),
      ],
    });
    const sent = await client.mutation(SendTransferOtpDocument, { input: terms }).toPromise();
    const otpRefId = sent.data?.sendTransferOtp?.transferOtp.otpRefId ?? '';
    const made = await client.mutation(InitiateTransferDocument, { input: toInput(otpRefId) }).toPromise();
    const id = made.data?.initiateTransfer?.transaction.id ?? '';

    const statuses: string[] = [];
    await new Promise<void>((resolve) => {
      client
        .subscription<WatchTransactionSubscription>(WatchTransactionDocument, { id })
        .subscribe(({ data, hasNext }) => {
          const status = data?.transactionUpdated.status;
          if (status !== undefined && statuses.at(-1) !== status) statuses.push(status);
          if (!hasNext || data?.transactionUpdated.isFinal === true) resolve();
        });
    });
    expect(statuses).toEqual(['AWAITED', 'SUCCESS']);

    const listed = await client
      .query(ListTransactionsDocument, { first: 5 }, { requestPolicy: 'network-only' })
      .toPromise();
    expect(listed.data?.transactions?.edges.map(({ node }) => node.id)).toContain(id);
    await socket.dispose();
  });
});

test('plain fetch: OTP, transfer, status and list without a library', async () => {
  const otpRefId = await sendOtp(gateway, 103);
  const { data } = await tryInitiate(gateway, toInput(otpRefId));
  const id = data?.initiateTransfer?.transaction.id ?? '';
  const live = await watchOverHttp(gateway, { id });
  await live.ended;
  expect(live.messages.map((message) => message.data?.transactionUpdated.status)).toEqual([
    'AWAITED',
    'SUCCESS',
  ]);
  const list = await gateway.request<{ transactions: { edges: { node: { id: string } }[] } }>(
    '{ transactions(first: 5) { edges { node { id } } } }',
  );
  expect(list.data?.transactions.edges.map(({ node }) => node.id)).toContain(id);
});

// The usual way: Apollo Server standalone, type-graphql, TypeORM's `find`.
import 'reflect-metadata';
import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';
import { Arg, buildSchema, Field, ID, Int, ObjectType, Query, Resolver } from 'type-graphql';
import { createDataSource } from '../../ormconfig.js';
import { Transfer } from '../../src/entities/index.js';
import { parseConfig } from '../../src/config/config.js';
import { Sealer, useSealer } from '../../src/shared/sealing.js';
import { PORT } from './common.js';

useSealer(new Sealer(parseConfig({}).sealing));
const dataSource = await createDataSource(process.env['DATABASE_URL']).initialize();
const transfers = dataSource.getRepository(Transfer);
const AGENT = '20810200';

@ObjectType()
class Recipient {
  @Field(() => ID) id!: string;
  @Field(() => String, { nullable: true }) name!: string | null;
  @Field(() => String, { nullable: true }) maskedAccount!: string | null;
}
@ObjectType()
class Transaction {
  @Field(() => ID) id!: string;
  @Field() clientRefId!: string;
  @Field() status!: string;
  @Field(() => Int) amount!: number;
  @Field(() => String, { nullable: true }) fee!: string | null;
  @Field() createdAt!: string;
  @Field() customerId!: string;
  @Field(() => Recipient) recipient!: Recipient;
}
@ObjectType()
class Edge {
  @Field() cursor!: string;
  @Field(() => Transaction) node!: Transaction;
}
@ObjectType()
class PageInfo {
  @Field() hasNextPage!: boolean;
  @Field(() => String, { nullable: true }) endCursor!: string | null;
}
@ObjectType()
class Connection {
  @Field(() => [Edge]) edges!: Edge[];
  @Field(() => PageInfo) pageInfo!: PageInfo;
}

function toTransaction(row: Transfer): Transaction {
  const { id, clientRefId, status, amountRupees: amount, fee, customerId } = row;
  const recipient = { id: row.recipientId, name: row.recipientName, maskedAccount: row.maskedAccount };
  return {
    id,
    clientRefId,
    status,
    amount,
    fee,
    customerId,
    createdAt: row.createdAt.toISOString(),
    recipient,
  };
}

@Resolver()
class TransactionResolver {
  @Query(() => Connection, { nullable: true })
  async transactions(@Arg('first', () => Int) first: number): Promise<Connection> {
    const rows = await transfers.find({
      where: { agentUserCode: AGENT },
      order: { id: 'DESC' },
      take: first + 1,
    });
    const edges = rows
      .slice(0, first)
      .map((row) => ({ cursor: Buffer.from(row.id).toString('base64url'), node: toTransaction(row) }));
    return { edges, pageInfo: { hasNextPage: rows.length > first, endCursor: edges.at(-1)?.cursor ?? null } };
  }

  @Query(() => Transaction, { nullable: true })
  async transaction(@Arg('id', () => ID) id: string): Promise<Transaction | null> {
    const row = await transfers.findOneBy({ id, agentUserCode: AGENT });
    return row === null ? null : toTransaction(row);
  }
}

const schema = await buildSchema({ resolvers: [TransactionResolver], validate: true });
await startStandaloneServer(new ApolloServer({ schema }), { listen: { port: PORT, host: '127.0.0.1' } });

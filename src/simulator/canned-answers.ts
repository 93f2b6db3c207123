// Answers that are not Eko's JSON of a transfer: what proxies, gateways and crashed servers say in its place.
import type { ServerResponse } from 'node:http';
import { REFUSALS } from './authentication.js';
import { toUnauthorised } from './common-replies.js';
import { toJson } from './paise-json.js';

export type CannedKind =
  'plainText500' | 'html502' | 'html200' | 'clockRefused401' | 'forbidden403' | 'tooMany429';

export interface CannedAnswer {
  readonly httpStatus: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/**
 * Of the Date header of a refusal by clock, ahead of the simulator's time. Less than the two minutes that Eko
 * tolerates: a caller who believes the header is let in with its next requests, so that the fault strikes this
 * one request and no other.
 */
const CLOCK_SKEW_MS = 90_000;

const HTML = { 'content-type': 'text/html; charset=utf-8' };
const JSON_TYPE = { 'content-type': 'application/json;charset=UTF-8' };

export const CANNED_ANSWERS: Record<CannedKind, (response: ServerResponse) => CannedAnswer> = {
  plainText500: () => ({
    httpStatus: 500,
    headers: { 'content-type': 'text/plain' },
    text: 'Internal server error',
  }),
  html502: () => ({
    httpStatus: 502,
    headers: HTML,
    text: '<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>',
  }),
  html200: () => ({
    httpStatus: 200,
    headers: HTML,
    text: '<!doctype html><html><body><p>Scheduled maintenance. We will be back soon.</p></body></html>',
  }),
  clockRefused401: (response) => ({
    httpStatus: 401,
    headers: { ...JSON_TYPE, date: toSkewedDate(response) },
    text: toJson(toUnauthorised(REFUSALS.skewed, 401).body),
  }),
  forbidden403: () => ({
    httpStatus: 403,
    headers: JSON_TYPE,
    text: toJson({ status: 1, message: 'Forbidden' }),
  }),
  tooMany429: () => ({
    httpStatus: 429,
    headers: { ...JSON_TYPE, 'retry-after': '1' },
    text: toJson({ message: 'Too Many Requests' }),
  }),
};

/** The header already holds the simulator's time. */
function toSkewedDate(response: ServerResponse): string {
  return new Date(Date.parse(String(response.getHeader('date'))) + CLOCK_SKEW_MS).toUTCString();
}

// HTTP as it is on the wire: the status, the headers and every character of the body.

export interface RawAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

export interface GraphQLErrorBody {
  readonly message: string;
  readonly path?: readonly (string | number)[];
  readonly locations?: readonly object[];
  readonly extensions: {
    readonly code: string;
    readonly fields?: readonly { readonly path: string; readonly message: string }[];
    readonly retry: string;
    readonly retryAfterMs?: number;
    readonly requestId?: string;
  };
}

export interface GraphQLBody {
  readonly data?: Record<string, unknown> | null;
  readonly errors?: readonly GraphQLErrorBody[];
}

export async function sendRaw(url: string, init: RequestInit = {}): Promise<RawAnswer> {
  const response = await fetch(url, { redirect: 'manual', ...init });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

/** A POST of JSON, or of any text at all. */
export function postRaw(
  url: string,
  body: object | string,
  headers: Readonly<Record<string, string>> = {},
): Promise<RawAnswer> {
  return sendRaw(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

export function parseBody({ text }: RawAnswer): GraphQLBody {
  return JSON.parse(text) as GraphQLBody;
}

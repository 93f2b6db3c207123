// A transaction as it changes, with fetch alone and no client library; `subscribe` is for a browser, too.
//
//   node examples/watch-with-fetch.mjs TRANSACTION_ID [URL]      (a token, where one is needed, in TOKEN)
import process from 'node:process';

const WATCH = `subscription ($id: ID!) {
  transactionUpdated(id: $id) { status isFinal nextAction statusReason { message } }
}`;

/** Each message, `{ data, errors }`; ends when nothing more will come. Throws when the connection is lost. */
export async function* subscribe({ url, token, query, variables }) {
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'multipart/mixed;subscriptionSpec=1.0, application/json',
      ...(token ? { authorization: `Bearer ${token}` } : {}),
    },
    body: JSON.stringify({ query, variables }),
  });
  const [, boundary] = /boundary="?([^";]+)/.exec(response.headers.get('content-type') ?? '') ?? [];
  // No stream: the JSON says why, whatever the HTTP status is.
  if (boundary === undefined) return yield await response.json();
  let text = '';
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    const parts = (text + chunk).split(`\r\n--${boundary}`);
    text = parts.pop();
    for (const part of parts) {
      const json = part.split('\r\n\r\n')[1];
      // An empty object says that the connection is alive; what went wrong is in `payload.errors`.
      const { payload } = json ? JSON.parse(json) : {};
      if (payload) yield payload;
    }
    if (text.startsWith('--')) return;
  }
  throw new Error('the connection was lost');
}

const [id, url = 'http://localhost:4000/graphql'] = process.argv.slice(2);
for (let isOver = false; !isOver;) {
  try {
    for await (const { data, errors } of subscribe({
      url,
      token: process.env.TOKEN,
      query: WATCH,
      variables: { id },
    })) {
      const [{ message, extensions } = {}] = errors ?? [];
      if (extensions?.retry === 'SAME_REQUEST_LATER') throw new Error(message);
      console.log(message ?? JSON.stringify(data.transactionUpdated));
    }
    isOver = true;
  } catch (error) {
    // The first message after it is what was missed.
    console.log(`${error.message}; subscribing again`);
    await new Promise((resolve) => setTimeout(resolve, 2_000));
  }
}

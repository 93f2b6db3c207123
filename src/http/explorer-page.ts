// GraphiQL out of a package: one page without an outside address, with the flow as tabs.
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { EXAMPLES } from './example-operations.js';

/** In the order in which they tell the story. */
const TABS = [
  'SendTransferOtp',
  'InitiateTransfer',
  'WatchTransaction',
  'ListTransactions',
  'ErrorCatalogue',
];

/** Nothing from elsewhere, and nothing sent elsewhere; the editor evaluates code of its own in workers. */
export const EXPLORER_POLICY =
  "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval' blob:; worker-src blob:; style-src 'unsafe-inline'; " +
  "img-src 'self' data:; font-src data:; connect-src 'self'";

/** Returns the page, compressed with gzip: 9 MB otherwise. Made when it is first asked for. */
export function createExplorerPage(): () => Promise<Buffer> {
  let page: Promise<Buffer> | undefined;
  return () => (page ??= render());
}

async function render(): Promise<Buffer> {
  const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql');
  const defaultTabs = TABS.map((name) => {
    const { document, variables } = EXAMPLES.find((example) => example.name === name)!;
    return { query: document, variables };
  });
  const options = {
    title: 'Eko transfer gateway: explorer',
    endpoint: '/graphql',
    subscriptionsProtocol: 'WS' as const,
    defaultTabs,
    // Of the tab that is open at first; those of the others are taken from there.
    variables: defaultTabs[0]?.variables,
    shouldPersistHeaders: false,
    inputValueDeprecation: true,
  };
  const html = renderGraphiQL(options);
  return promisify(gzip)(html.replace('<head>', `<head>${FILL_IN}`));
}

/** Puts what the last answers brought where a tab says `{{otpRefId}}` or `{{transactionId}}`. */
const FILL_IN = `
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>.graphiql-tab { transform: none !important; } /* a tab that is pressed stays where it is */</style>
<script>
(() => {
  const wanted = { otpRefId: /"otpRefId":"([^"]+)"/, transactionId: /"transaction":\\{"id":"([^"]+)"/ };
  const known = JSON.parse(sessionStorage.getItem('known') ?? '{}');
  const learn = (answer) => {
    for (const [name, pattern] of Object.entries(wanted)) known[name] = pattern.exec(answer)?.[1] ?? known[name];
    sessionStorage.setItem('known', JSON.stringify(known));
  };
  const fillIn = (text) =>
    typeof text === 'string' ? text.replace(/\\{\\{(\\w+)\\}\\}/g, (whole, name) => known[name] ?? whole) : text;
  const { fetch } = window;
  window.fetch = async (address, options) => {
    const response = await fetch(address, options && { ...options, body: fillIn(options.body) });
    response.clone().text().then(learn, () => {});
    return response;
  };
  const { send } = WebSocket.prototype;
  WebSocket.prototype.send = function (message) {
    send.call(this, fillIn(message));
  };
})();
</script>`;

// No GraphQL at all: what node:http and node-postgres cost by themselves. Nothing can be faster on this machine.
import { createServer } from 'node:http';
import { findOne, findPage, PORT } from './common.js';

interface Body {
  readonly variables: { readonly first?: number; readonly id?: string };
}

createServer((request, response) => {
  let text = '';
  request.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  request.on('end', () => {
    const { first, id } = (JSON.parse(text) as Body).variables;
    const data =
      id === undefined
        ? findPage(first ?? 20).then((transactions) => ({ transactions }))
        : findOne(id).then((transaction) => ({ transaction }));
    void data.then((found) => {
      const body = JSON.stringify({ data: found });
      response.writeHead(200, {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
      });
      response.end(body);
    });
  });
}).listen(PORT, '127.0.0.1');

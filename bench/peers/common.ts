// What the peers share: the question of the benchmark as plain SQL over node-postgres, and the shape of its answer.
import pg from 'pg';

export const pool = new pg.Pool({ connectionString: process.env['DATABASE_URL'], max: 20 });
export const PORT = Number(process.env['PORT']);
const AGENT = '20810200';

export const TYPE_DEFS = `
  type Recipient { id: ID! name: String maskedAccount: String }
  type Transaction {
    id: ID! clientRefId: String! status: String! amount: Int! fee: String createdAt: String! customerId: String!
    recipient: Recipient!
  }
  type Edge { cursor: String! node: Transaction! }
  type PageInfo { hasNextPage: Boolean! endCursor: String }
  type Connection { edges: [Edge!]! pageInfo: PageInfo! }
  type Query { transactions(first: Int!): Connection transaction(id: ID!): Transaction }
`;

interface Row {
  readonly id: string;
  readonly client_ref_id: string;
  readonly status: string;
  readonly amount_rupees: number;
  readonly fee: string | null;
  readonly created_at: Date;
  readonly customer_id: string;
  readonly recipient_id: string;
  readonly recipient_name: string | null;
  readonly masked_account: string | null;
}
const COLUMNS =
  'id, client_ref_id, status, amount_rupees, fee, created_at, customer_id, recipient_id, recipient_name, masked_account';

export function toTransaction(row: Row) {
  return {
    id: row.id,
    clientRefId: row.client_ref_id,
    status: row.status,
    amount: row.amount_rupees,
    fee: row.fee,
    createdAt: row.created_at.toISOString(),
    customerId: row.customer_id,
    recipient: { id: row.recipient_id, name: row.recipient_name, maskedAccount: row.masked_account },
  };
}

export async function findPage(first: number) {
  const { rows } = await pool.query<Row>({
    name: 'page',
    text: `SELECT ${COLUMNS} FROM transfers WHERE agent_user_code = $1 ORDER BY id DESC LIMIT $2`,
    values: [AGENT, first + 1],
  });
  const edges = rows
    .slice(0, first)
    .map((row) => ({ cursor: Buffer.from(row.id).toString('base64url'), node: toTransaction(row) }));
  return { edges, pageInfo: { hasNextPage: rows.length > first, endCursor: edges.at(-1)?.cursor ?? null } };
}

export async function findOne(id: string) {
  const { rows } = await pool.query<Row>({
    name: 'one',
    text: `SELECT ${COLUMNS} FROM transfers WHERE id = $1 AND agent_user_code = $2`,
    values: [id, AGENT],
  });
  return rows[0] === undefined ? null : toTransaction(rows[0]);
}

export const resolvers = {
  Query: {
    transactions: (_root: unknown, { first }: { first: number }) => findPage(first),
    transaction: (_root: unknown, { id }: { id: string }) => findOne(id),
  },
};

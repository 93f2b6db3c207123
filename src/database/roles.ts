// What the roles of a deployment may do: the owner migrates, one role serves, one reads. The serving role can neither
// change nor remove an event, nor remove anything of a transfer.
import pg from 'pg';

export interface Roles {
  /** Of `serve` and `worker`. */
  readonly serve?: string | undefined;
  /** Of reports, `inspect` and `verify-audit`. */
  readonly read?: string | undefined;
}

/** Gives roles that exist what they need, and takes the rest away. Run by the owner, after the migrations. */
export async function grantRoles(databaseUrl: string, { serve, read }: Roles): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  client.on('error', () => {}); // the statements report a lost connection
  await client.connect();
  try {
    await client.query('BEGIN');
    if (serve !== undefined) await client.query(toServingGrants(pg.escapeIdentifier(serve)));
    if (read !== undefined) await client.query(toReadingGrants(pg.escapeIdentifier(read)));
    await client.query('COMMIT');
  } finally {
    await client.end();
  }
}

function toServingGrants(role: string): string {
  return `
    REVOKE CREATE ON SCHEMA public FROM PUBLIC; -- an operator of one's own would be found in the guards
    REVOKE ALL ON ALL TABLES IN SCHEMA public FROM ${role};
    GRANT USAGE ON SCHEMA public, graphile_worker TO ${role};
    GRANT SELECT, INSERT, UPDATE ON transfers, otp_challenges, webhook_deliveries TO ${role};
    GRANT SELECT, INSERT ON transfer_events TO ${role};
    GRANT SELECT, INSERT, UPDATE, DELETE ON rate_limits TO ${role};
    GRANT SELECT ON migrations, revocations TO ${role};
    GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA graphile_worker TO ${role};
    GRANT USAGE ON ALL SEQUENCES IN SCHEMA graphile_worker TO ${role};
    GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA graphile_worker TO ${role};
    ${QUEUE_TABLES.map((table) => toPolicy(table, role)).join('')}`;
}

/** graphile-worker hides their rows from all but their owner. */
const QUEUE_TABLES = ['jobs', 'job_queues', 'tasks', 'known_crontabs'].map(
  (name) => `graphile_worker._private_${name}`,
);

function toPolicy(table: string, role: string): string {
  return `
    DROP POLICY IF EXISTS ${role} ON ${table};
    CREATE POLICY ${role} ON ${table} TO ${role} USING (true) WITH CHECK (true);`;
}

function toReadingGrants(role: string): string {
  return `
    REVOKE ALL ON ALL TABLES IN SCHEMA public FROM ${role};
    GRANT USAGE ON SCHEMA public TO ${role};
    GRANT SELECT ON transfers, transfer_events, otp_challenges, webhook_deliveries, migrations TO ${role};`;
}

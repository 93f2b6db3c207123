// Twelve wrong designs, as edits to a copy of the sources: none of them can be reached in the program that ships.
// A campaign that does not notice one of them would prove nothing.

export interface Edit {
  /** Below the root of the repository. */
  readonly file: string;
  /** Occurs exactly once. */
  readonly find: string;
  readonly replace: string;
}

export interface WrongDesign {
  readonly name: string;
  readonly edits: readonly Edit[];
}

const SERVICE = 'src/transfers/transfer-service.ts';
const DECISION = 'src/transfers/decision.ts';
const SCHEDULE = 'src/transfers/inquiry-schedule.ts';
const MIGRATION = 'src/database/migrations/1795000000000-initial.ts';
const GUARDS = 'src/database/migrations/1796400000000-rules-in-guards.ts';

/** The database would refuse the wrong step; here it is to be seen what the design alone does. */
const NO_TRIGGER: Edit = {
  file: MIGRATION,
  find: "WHEN new_status = 'SUBMITTING' THEN false",
  replace: "WHEN new_status = 'SUBMITTING' THEN false WHEN true THEN true",
};

/** The call to Eko as the service makes it, with what the intent does not hold taken from the input. */
const EARLY_CALL = `this.early.set(intent.id, await this.options.eko.initiateTransfer({
        userCode: intent.agentUserCode, clientRefId: intent.clientRefId, customerId: intent.customerId,
        recipientId: intent.recipientId, amountRupees: intent.amountRupees, latlong: intent.latlong,
        otp: input.otp, otpRefId: input.otpRefId,
      }))`;
const EARLY_CALL_EDITS: readonly Edit[] = [
  {
    file: SERVICE,
    find: 'constructor(private readonly options: TransferServiceOptions) {}',
    replace:
      'readonly early = new Map<string, DebitOutcome>(); constructor(private readonly options: TransferServiceOptions) {}',
  },
  {
    file: SERVICE,
    find: 'const outcome = await eko\n',
    replace: 'const outcome = this.early.get(transfer.id) ?? await eko\n',
  },
];

export const WRONG_DESIGNS: readonly WrongDesign[] = [
  {
    name: 'retry the debit',
    edits: [
      {
        file: 'src/eko/eko-client.ts',
        find: 'const result = await this.#call(INITIATE_TRANSFER, {',
        replace: `const again = await this.#call(INITIATE_TRANSFER, { body, deadlineMs: this.options.timeouts.transferMs });
    const result = again.kind === 'answered' && again.httpStatus < 500 ? again : await this.#call(INITIATE_TRANSFER, {`,
      },
    ],
  },
  {
    name: 'an error is a failure',
    edits: [
      {
        file: DECISION,
        find: "? move(\n            'AWAITED',\n            null,",
        replace: "? move(\n            'FAILED',\n            'EKO_DECLINED',",
      },
    ],
  },
  {
    name: 'the first not-found means never received',
    edits: [
      {
        file: SCHEDULE,
        find: 'now.getTime() - transfer.createdAt.getTime() >= policy.notReceivedAfterMs &&',
        replace: '',
      },
      {
        file: SCHEDULE,
        find: 'transfer.notFoundCount >= policy.notReceivedAnswers &&',
        replace: 'transfer.notFoundCount >= 1 &&',
      },
      { file: SCHEDULE, find: 'now >= otpExpiresAt', replace: 'otpExpiresAt !== now' },
    ],
  },
  {
    name: 'fail by age',
    edits: [
      {
        file: DECISION,
        find: "case 'inquiryFailed':\n      return { kind: 'keep', confirms: false };",
        replace: `case 'inquiryFailed':
      return transfer.status === 'AWAITED' && askedAt.getTime() - transfer.createdAt.getTime() > 2_000
        ? move('FAILED', 'EKO_DECLINED', 'too old')
        : { kind: 'keep', confirms: false };`,
      },
    ],
  },
  {
    name: 'believe the callback',
    edits: [
      {
        file: 'src/webhooks/callback-inbox.ts',
        find: 'if (id !== null) await store.hintInquiry(manager, id, { now, claimedTxStatus });',
        replace: `const claimed = { '0': 'SUCCESS', '1': 'FAILED', '3': 'REFUND_PENDING' }[callback?.claimedTxStatus ?? ''];
      const [transfer] = id === null ? [] : await manager.query('SELECT id, status FROM transfers WHERE id = $1', [id]);
      if (transfer !== undefined && claimed !== undefined && ['SUBMITTING', 'AWAITED', 'ON_HOLD'].includes(transfer.status)) {
        await manager.query(
          \`WITH t AS (UPDATE transfers SET status = $2::varchar, tid = coalesce(tid, $3::varchar), event_count = event_count + 1,
             failure_reason = CASE WHEN $2::varchar = 'FAILED' THEN 'EKO_DECLINED' END, next_inquiry_at = NULL
             WHERE id = $1 RETURNING id, event_count)
           SELECT 1 FROM t\`,
          [transfer.id, claimed, callback?.tid ?? null],
        );
        await manager.query(
          \`INSERT INTO transfer_events (id, transfer_id, sequence, source, from_status, to_status, message, evidence, occurred_at)
           SELECT gen_random_uuid(), id, event_count, 'OPERATOR', $2, status, 'believed', '{}', now() FROM transfers WHERE id = $1\`,
          [transfer.id, transfer.status],
        );
        await manager.query("SELECT graphile_worker.remove_job('inquire:' || $1)", [transfer.id]);
      }`,
      },
    ],
  },
  {
    name: 'no compare-and-set',
    edits: [
      {
        file: 'src/transfers/transfer-statements.ts',
        find: 'WHERE id = $1 AND xmin = $2::xid RETURNING',
        replace: 'WHERE id = $1 AND $2::xid IS NOT NULL RETURNING',
      },
      {
        file: GUARDS,
        find: `          broken := 'transfers are never deleted';\n`,
        replace: `          broken := 'transfers are never deleted';\n ELSIF TG_OP = 'UPDATE' THEN RETURN NEW;\n`,
      },
      {
        file: GUARDS,
        find: 'broken text;\n      BEGIN\n        IF TG_OP <>',
        replace: `broken text;\n      BEGIN\n NEW.hash := ''; RETURN NEW;\n        IF TG_OP <>`,
      },
      {
        file: MIGRATION,
        find: 'CREATE UNIQUE INDEX transfer_events_sequence',
        replace: 'CREATE INDEX transfer_events_sequence',
      },
    ],
  },
  {
    name: 'the call inside the transaction',
    edits: [
      ...EARLY_CALL_EDITS,
      {
        file: SERVICE,
        find: 'const committed = await store.commitIntent(intent, otp);',
        replace: `const committed = await store.commitIntent(intent, otp, async () => { ${EARLY_CALL}; });`,
      },
      {
        file: 'src/transfers/transfer-store.ts',
        find: '{ otpRefId, tokenId }: { otpRefId: string; tokenId: string | null },\n',
        replace:
          '{ otpRefId, tokenId }: { otpRefId: string; tokenId: string | null }, call: () => Promise<void>,\n',
      },
      {
        file: 'src/transfers/transfer-store.ts',
        find: '    const [row] = await runPrepared(this.dataSource, COMMIT_INTENT, values);\n',
        replace: `    const row = await this.dataSource.transaction(async (manager) => {
      const [written] = await manager.query(COMMIT_INTENT.text, values);
      if (written === undefined) return undefined;
      await call();
      const expiresAt = written.expires_at.toISOString().replace('T', ' ').replace('Z', '+00');
      return [written.version, written.otp, expiresAt];
    });\n`,
      },
    ],
  },
  {
    name: 'send again at boot',
    edits: [
      {
        file: 'src/app-core.ts',
        find: "import { systemClock } from './shared/clock.js';\n",
        replace:
          "import { systemClock } from './shared/clock.js';\nimport { getSealer } from './shared/sealing.js';\n",
      },
      {
        file: 'src/app-core.ts',
        find: '  return { dataSource, clock, eko, store, services, capacities, metrics };',
        replace: `  void dataSource
    .query("SELECT t.*, c.otp_ref_id FROM transfers t JOIN otp_challenges c ON c.id = t.otp_challenge_id WHERE t.status = 'SUBMITTING'")
    .then((rows: Record<string, string>[]) =>
      Promise.all(rows.map((row) => eko.initiateTransfer({
        userCode: row['agent_user_code']!, clientRefId: row['client_ref_id']!, customerId: getSealer().open(row['customer_id']!, 'customer_id'),
        recipientId: row['recipient_id']!, amountRupees: Number(row['amount_rupees']), latlong: row['latlong']!,
        otp: '123456', otpRefId: row['otp_ref_id']!,
      }))));
  return { dataSource, clock, eko, store, services, capacities, metrics };`,
      },
    ],
  },
  {
    name: 'ignore an amount mismatch',
    edits: [
      {
        file: DECISION,
        find: 'amountPaise !== null && amountPaise !== paiseOfRupees(transfer.amountRupees)',
        replace:
          'amountPaise !== null && amountPaise !== paiseOfRupees(transfer.amountRupees) && amountPaise < 0n',
      },
    ],
  },
  {
    name: 'an error counts as not found',
    edits: [
      {
        file: 'src/eko/outcome.ts',
        find: 'function inquiryFailed(cause: string, answer: Answer): InquiryOutcome {\n',
        replace:
          "function inquiryFailed(cause: string, answer: Answer): InquiryOutcome {\n  if (cause !== '') return { kind: 'notFound', ...answer };\n",
      },
    ],
  },
  {
    name: 'the last write wins',
    edits: [
      NO_TRIGGER,
      {
        file: DECISION,
        find: '  if (canTransition(current, proposed.to)) return proposed;',
        replace: '  if (canTransition(current, proposed.to) || proposed.to !== current) return proposed;',
      },
      {
        file: DECISION,
        find: "if (isOlder && canTransition(proposed.to, current)) return { kind: 'keep', confirms: false };",
        replace: 'void isOlder;',
      },
    ],
  },
  {
    name: 'the intent after the call',
    edits: [
      ...EARLY_CALL_EDITS,
      {
        file: SERVICE,
        find: 'const committed = await store.commitIntent(intent, otp);',
        // Replays and what the gates refuse call nobody: it is the order alone that is wrong.
        replace: `const gate = await findReplay(store, agent, input);
      if (gate.kind === 'new') { assertChallengeFits(gate.challenge, input, intent.createdAt); ${EARLY_CALL}; }
      const committed = await store.commitIntent(intent, otp);`,
      },
    ],
  },
];

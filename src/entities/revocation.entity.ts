// A token, or an agent with all its tokens, that is good no longer.
import { Column, Entity, PrimaryColumn } from 'typeorm';

export const REVOCATION_KINDS = ['TOKEN', 'AGENT'] as const;
export type RevocationKind = (typeof REVOCATION_KINDS)[number];

/** SQL, true when either is revoked; `token` and `agent` as in `$1`. Two look-ups by primary key. */
export const isRevoked = (token: string, agent: string) =>
  `(EXISTS (SELECT FROM revocations WHERE kind = 'TOKEN' AND value = ${token})` +
  ` OR EXISTS (SELECT FROM revocations WHERE kind = 'AGENT' AND value = ${agent}))`;

@Entity('revocations')
export class Revocation {
  @PrimaryColumn({ type: 'varchar', length: 8 })
  kind!: RevocationKind;

  /** The token's `jti`, or the agent's user code. */
  @PrimaryColumn({ type: 'varchar', length: 200 })
  value!: string;

  @Column({ type: 'varchar', length: 300 })
  reason!: string;

  @Column({ name: 'revoked_at', type: 'timestamptz', precision: 3 })
  revokedAt!: Date;
}

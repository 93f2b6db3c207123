import { Initial1795000000000 } from './1795000000000-initial.js';
import { StatusChannel1795300000000 } from './1795300000000-status-channel.js';
import { AuditChain1795400000000 } from './1795400000000-audit-chain.js';
import { Revocations1795400001000 } from './1795400001000-revocations.js';
import { RateLimits1795500000000 } from './1795500000000-rate-limits.js';
import { SealedColumns1795600000000 } from './1795600000000-sealed-columns.js';
import { LargeTables1795700000000 } from './1795700000000-large-tables.js';
import { RateLimitsExpire1795800000000 } from './1795800000000-rate-limits-expire.js';
import { SealedOnly1795900000000 } from './1795900000000-sealed-only.js';
import { ReviewedAt1796000000000 } from './1796000000000-reviewed-at.js';
import { CustomerStatus1796100000000 } from './1796100000000-customer-status.js';
import { FewerStatistics1796200000000 } from './1796200000000-fewer-statistics.js';
import { RecipientOfAgent1796300000000 } from './1796300000000-recipient-of-agent.js';
import { RulesInGuards1796400000000 } from './1796400000000-rules-in-guards.js';

/** Oldest first. */
export const migrations = [
  Initial1795000000000,
  StatusChannel1795300000000,
  AuditChain1795400000000,
  Revocations1795400001000,
  RateLimits1795500000000,
  SealedColumns1795600000000,
  LargeTables1795700000000,
  RateLimitsExpire1795800000000,
  SealedOnly1795900000000,
  ReviewedAt1796000000000,
  CustomerStatus1796100000000,
  FewerStatistics1796200000000,
  RecipientOfAgent1796300000000,
  RulesInGuards1796400000000,
];

// What a person does about contradictions: parse, call the service, map.
import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import { requireAdmin } from '../auth/index.js';
import { CodedError } from '../shared/errors.js';
import { UUID } from '../shared/identifiers.js';
import type { GraphQLContext } from './context.js';
import { ResolveReviewPayload } from './payloads.types.js';
import { toTransaction } from './transaction.mapper.js';
import { ResolveReviewInput } from './transfer.inputs.js';

@Resolver()
export class ReviewResolver {
  @Mutation(() => ResolveReviewPayload, {
    nullable: true,
    description:
      'For an admin: closes the review of a transaction (`needsReview`), with an event from OPERATOR that says who closed it and why. Never changes a status. The same request again returns the transaction and adds nothing; a transaction that is not in review is refused with BAD_USER_INPUT on `input.id`. What was closed is not opened again by the same contradiction, but by a new one.',
  })
  async resolveReview(
    @Arg('input', () => ResolveReviewInput, { description: 'Which review, and what was found.' })
    input: ResolveReviewInput,
    @Ctx() { identity, services }: GraphQLContext,
  ): Promise<ResolveReviewPayload> {
    const { subject: operator } = requireAdmin(identity);
    if (!UUID.test(input.id)) throw new CodedError('NOT_FOUND');
    const { id: transferId, reason } = input;
    return { transaction: toTransaction(await services.reviews.resolve({ transferId, operator, reason })) };
  }
}

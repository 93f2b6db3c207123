// How an answer is written, by the request's Accept header. Apollo Server looks at it when all is done, and answers 406:
// after a debit that would look like an error before it.

const JSON_TYPES = ['application/json', 'application/graphql-response+json'] as const;
export type JsonType = (typeof JSON_TYPES)[number];

interface Wish {
  readonly type: string;
  /** 0: not at all. */
  readonly quality: number;
}

/** The JSON that the caller likes best; null when it takes none. Of parameters only `q` matters. */
export function toMediaType(accept: string | undefined): JsonType | null {
  const wishes = (accept || '*/*').split(',').map(toWish);
  const candidates = JSON_TYPES.map((type) => {
    const order = [type, 'application/*', '*/*'].map((wanted) =>
      wishes.findIndex((wish) => wish.type === wanted),
    );
    // What is named stands before what a star may mean.
    const rank = order.findIndex((place) => place >= 0);
    const place = order[rank] ?? 0;
    return { type, quality: rank < 0 ? 0 : wishes[place]!.quality, rank, place };
  });
  const [best] = candidates
    .filter(({ quality }) => quality > 0)
    .sort((a, b) => b.quality - a.quality || a.rank - b.rank || a.place - b.place);
  return best?.type ?? null;
}

function toWish(text: string): Wish {
  const [type = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase());
  const [, given = '1'] = parameters.map((one) => /^q=(.*)$/.exec(one)).find((found) => found !== null) ?? [];
  const quality = Number(given);
  return { type, quality: Number.isNaN(quality) ? 1 : quality };
}

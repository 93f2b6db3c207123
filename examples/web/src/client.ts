// Apollo Client with nothing but the address: queries, mutations and subscriptions all go to it.
import { ApolloClient, HttpLink, InMemoryCache } from '@apollo/client';
import { relayStylePagination } from '@apollo/client/utilities';

export const client = new ApolloClient({
  // In the sandbox nobody has to sign in. Elsewhere: headers: { authorization: `Bearer ${token}` }
  link: new HttpLink({ uri: '/graphql' }),
  cache: new InMemoryCache({
    typePolicies: {
      Query: { fields: { transactions: relayStylePagination(['filter']) } },
      // Part of its transaction, and not one object for all that went to the same account.
      Recipient: { keyFields: false },
    },
  }),
});

// Who may import whom. A folder that is not listed in `may` of another may not be imported by it.
const may = {
  shared: [],
  config: ['shared'],
  observability: ['shared'],
  entities: ['shared'],
  database: ['entities', 'shared', 'ormconfig'],
  eko: ['shared'],
  simulator: ['shared'],
  transfers: ['eko', 'entities', 'database', 'shared', 'limits'],
  reconciliation: ['transfers', 'entities', 'database', 'shared', 'limits'],
  webhooks: ['transfers', 'eko', 'entities', 'shared', 'limits'],
  auth: ['entities', 'shared'],
  resolvers: ['transfers', 'auth', 'entities', 'shared', 'limits'],
  http: ['resolvers', 'webhooks', 'auth', 'observability', 'shared', 'limits'],
};
const paths = {
  ormconfig: '^ormconfig\\.ts$',
  /** Bounds are constants with their reasons; anybody may read them. */
  limits: '^src/config/limits\\.ts$',
};
const toPath = (name) => paths[name] ?? `^src/${name}/`;

const rooms = Object.entries(may).map(([room, allowed]) => ({
  name: `imports-of-${room}`,
  comment: `src/${room} may import ${allowed.join(', ') || 'nothing of src'}`,
  severity: 'error',
  from: { path: `^src/${room}/` },
  to: { path: '^(src|ormconfig|scripts|test)', pathNot: [`^src/${room}/`, ...allowed.map(toPath)] },
}));

export default {
  forbidden: [
    ...rooms,
    {
      name: 'app-without-simulator',
      comment: 'The server does not know the simulator; the commands put them together.',
      severity: 'error',
      from: { path: '^src/app(-core)?\\.ts$' },
      to: { path: '^src/(simulator|commands|cli)' },
    },
    {
      name: 'nobody-imports-the-top',
      severity: 'error',
      from: { path: '^src/(?!app(-core)?\\.ts|cli\\.ts|commands/)' },
      to: { path: '^src/(app(-core)?\\.ts|cli\\.ts|commands/)' },
    },
    {
      name: 'eko-by-its-door',
      comment: 'src/eko has one door.',
      severity: 'error',
      from: { path: '^src/(?!eko/)' },
      to: { path: '^src/eko/(?!index\\.ts$)' },
    },
    {
      name: 'simulator-by-its-door',
      severity: 'error',
      from: { path: '^src/(?!simulator/)' },
      to: { path: '^src/simulator/(?!index\\.ts$)' },
    },
    {
      name: 'one-caller-of-eko',
      comment: 'Only the transfers call Eko; the webhooks use its parser.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(eko|transfers|webhooks)/|^src/app(-core)?\\.ts$' },
      to: { path: '^src/eko/' },
    },
    { name: 'no-circles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'only-declared-packages',
      severity: 'error',
      from: { path: '^(src|ormconfig)' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown', 'unknown', 'undetermined'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.js'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'node'],
    },
  },
};

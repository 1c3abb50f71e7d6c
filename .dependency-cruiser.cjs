/**
 * Imports go down only (docs/architecture.md):
 *
 *   core <- data <- domains <- streams
 *   core <- nn <- backbones <- features, experts; core <- nn <- difficulty; experts, difficulty <- search <- strategies <- learner <- run <- export
 *   nn and data, which load tfjs-node, import setup/native first
 *   core <- metrics <- strategies, learner, report
 *   core, data, streams, strategies, checkpoint, report <- grid
 *   core, data, streams, checkpoint, report <- plan
 *   checkpoint reads core and data; report reads checkpoint and metrics, of data only how folders are made, and never nn, so reports work without the native backend; cli may import anything
 */
const may = {
  core: [],
  setup: [],
  data: ['core', 'setup/native'],
  domains: ['core', 'data'],
  streams: ['core', 'data', 'domains'],
  nn: ['core', 'setup/native'],
  backbones: ['core', 'data', 'nn'],
  features: ['core', 'data', 'nn', 'backbones'],
  difficulty: ['core', 'nn'],
  experts: ['core', 'data', 'domains', 'nn', 'backbones', 'features'],
  search: ['core', 'nn', 'experts'],
  strategies: ['core', 'data', 'domains', 'nn', 'backbones', 'features', 'difficulty', 'experts', 'search', 'metrics'],
  checkpoint: ['core', 'data'],
  metrics: ['core'],
  learner: ['core', 'data', 'domains', 'streams', 'nn', 'backbones', 'features', 'experts', 'strategies', 'checkpoint', 'metrics'],
  run: ['core', 'data', 'domains', 'streams', 'features', 'difficulty', 'strategies', 'checkpoint', 'learner', 'report'],
  export: ['core', 'data/make-folder', 'domains', 'nn', 'difficulty', 'experts', 'strategies', 'checkpoint', 'run'],
  report: ['core', 'data/make-folder', 'checkpoint', 'metrics'],
  plan: ['core', 'data', 'streams', 'checkpoint', 'report'],
  grid: ['core', 'data', 'streams', 'search/workers', 'search/worker-process', 'search/candidate', 'strategies', 'checkpoint', 'report'],
};

const directions = Object.entries(may).map(([folder, below]) => ({
  name: `${folder}-imports`,
  severity: 'error',
  comment: `src/${folder} may import ${below.length > 0 ? below.join(', ') : 'nothing of ours'}`,
  from: { path: `^src/${folder}/` },
  to: { path: '^src/', pathNot: `^src/(${[folder, ...below].join('|')})[/.]` },
}));

/** A command loads what needs the native backend by `import()` when it runs, so that reports, lists and --help work without it. */
const light = { dependencyTypesNot: ['dynamic-import', 'type-only'] };
const withoutBackend = [
  {
    name: 'cli-loads-heavy-parts-late',
    severity: 'error',
    from: { path: '^src/cli/' },
    to: { path: '^src/(nn|backbones|features|difficulty|experts|search|strategies|learner|run|export|plan|grid)/', ...light },
  },
  {
    name: 'tensorflow-in-nn',
    severity: 'error',
    from: { path: '^src/', pathNot: '^src/(nn|features)/' },
    to: { path: '@tensorflow', ...light },
  },
];

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'only-declared-packages',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['type-only'] },
    },
    ...directions,
    ...withoutBackend,
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'types', 'default'] },
  },
};

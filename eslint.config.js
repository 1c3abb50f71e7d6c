import js from '@eslint/js';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

const nodeGlobals = { process: 'readonly', console: 'readonly', fetch: 'readonly', AbortSignal: 'readonly', performance: 'readonly' };

/** What is kept to some folders (docs/architecture.md). */
const process = {
  group: ['node:process', 'process'],
  importNames: ['default', 'argv', 'env', 'exit', 'exitCode', 'abort', 'on', 'stdin', 'stdout', 'stderr'],
  message: 'only src/cli and src/setup talk to the process',
};
const files = {
  group: ['node:fs', 'node:fs/*', 'fs', 'fs/*'],
  message: 'only data, features, checkpoint, report, cli and setup touch files',
};
const tensorflow = { group: ['@tensorflow/*'], message: 'tf comes from src/nn/backend.ts, in nn and features only' };
const onlyWithout = (...patterns) => ({ 'no-restricted-imports': ['error', { patterns }] });

export default defineConfig(
  { ignores: ['dist/', 'coverage/', 'checkpoints/'] },
  {
    files: ['**/*.ts'],
    extends: [js.configs.recommended, tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unsafe-enum-assignment': 'off', // slow, and there are no enums
      '@typescript-eslint/no-unsafe-enum-comparison': 'off',
      'no-restricted-syntax': [
        'error',
        { selector: 'TSEnumDeclaration', message: 'a union of strings says it plainly' },
        { selector: 'ExportDefaultDeclaration', message: 'named exports only' },
      ],
    },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/cli/**'],
    rules: {
      'no-restricted-globals': ['error', { name: 'process', message: process.message }, { name: 'console', message: process.message }],
      ...onlyWithout(process, tensorflow),
    },
  },
  {
    files: ['src/{core,streams,difficulty,experts,search,strategies,metrics,learner,run}/**/*.ts'],
    rules: onlyWithout(process, tensorflow, files),
  },
  { files: ['src/nn/**/*.ts'], rules: onlyWithout(process, files) },
  { files: ['src/nn/compile/**/*.ts', 'src/{backbones,features}/**/*.ts', 'src/data/images/decode-image.ts'], rules: onlyWithout(process) },
  {
    files: ['src/{core,data,streams,nn,backbones,features,difficulty,experts,search,strategies,metrics,learner,run}/**/*.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'Math', property: 'random', message: 'use src/core/random.ts: learning is reproducible' },
        { object: 'Date', property: 'now', message: 'learning does not depend on the clock' },
      ],
    },
  },
  {
    files: ['*.config.ts'],
    rules: { 'no-restricted-syntax': 'off' },
  },
  {
    files: ['**/*.js', '**/*.mjs', '**/*.cjs'],
    extends: [js.configs.recommended],
    languageOptions: { globals: { ...nodeGlobals, module: 'writable' } },
  },
);

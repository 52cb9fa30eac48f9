import tseslint from 'typescript-eslint';

/** Where the time of day is meant: what others are told or told us, what is kept longer than the process lives. A step of it ends nothing else. */
const wallTime = [
  'packages/admin/src/desk/views.ts',
  'packages/cli/src/{output/text-log,store/importable}.ts',
  'packages/core/src/{service/client-side,transport/tls/credentials,uas/authenticate,uas/responses}.ts',
  'packages/event-compositor/src/{compositor,publish/{moments,processor},store/moments,store/callback-store}.ts',
  'packages/event-compositor/src/store-checks/*.ts',
  'packages/event-notifier/src/{state/composer,subscribe/processor}.ts',
  'packages/event-store-lmdb/src/lmdb-store.ts',
  'packages/memory/src/wall-clock.ts',
  'packages/registrar/src/{registrar,register/processor,store-checks/check}.ts',
];
const dateNow = { object: 'Date', property: 'now', message: 'Count by performance.now(), which nobody sets; where the time of day is meant, add the file to wallTime.' };

/** What strangers wrote is escaped where it is printed, and it is printed nowhere else. store/export.ts prints lines of printable JSON, page-check-child.ts tells its parent process. output/lost-output.ts prints nothing. */
const printers = ['packages/cli/src/{output/terminal,output/screen,output/lost-output,output/service-log,store/export}.ts', 'packages/event-store-lmdb/src/page-check-child.ts'];
const printing = ['stdout', 'stderr'].map((property) => ({ object: 'process', property, message: 'Print through output/terminal.ts or the log: these escape what strangers wrote.' }));

export default tseslint.config(
  { ignores: ['**/dist/', '**/node_modules/', 'coverage/'] },
  ...tseslint.configs.strict,
  {
    languageOptions: { parserOptions: { project: ['./test/tsconfig.json'], tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: { '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true }] },
  },
  {
    files: ['packages/*/src/**/*.ts'],
    rules: {
      complexity: ['error', 14],
      'max-depth': ['error', 4],
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: false }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-empty-object-type': ['error', { allowInterfaces: 'always', allowObjectTypes: 'always' }],
      'no-restricted-syntax': ['error', { selector: 'ExportDefaultDeclaration', message: 'Only a plugin has a default export.' }],
      eqeqeq: 'error',
      'no-console': 'error',
      'no-restricted-properties': ['error', dateNow, ...printing],
    },
  },
  { files: wallTime, rules: { 'no-restricted-properties': ['error', ...printing] } },
  { files: printers, rules: { 'no-restricted-properties': ['error', dateNow] } },
  // It prints, and each line has the time of day.
  { files: ['packages/core/src/log/log.ts'], rules: { 'no-restricted-properties': 'off' } },
  { files: ['**/*.{js,cjs,mjs}'], ...tseslint.configs.disableTypeChecked },
  { files: ['**/*.cjs'], rules: { '@typescript-eslint/no-require-imports': 'off' } },
  { files: ['packages/*/src/plugin.ts'], rules: { 'no-restricted-syntax': 'off' } },
  {
    files: ['bench/**', 'docs/**', 'examples/**'],
    rules: { 'no-console': 'off', '@typescript-eslint/no-non-null-assertion': 'off' },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unused-expressions': 'off',
      '@typescript-eslint/no-floating-promises': 'error',
    },
  },
);

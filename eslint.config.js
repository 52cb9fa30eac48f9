import tseslint from 'typescript-eslint';

export default tseslint.config(
  { ignores: ['**/dist/', '**/node_modules/', 'coverage/'] },
  ...tseslint.configs.strict,
  {
    languageOptions: { parserOptions: { project: ['./packages/*/tsconfig.json', './test/tsconfig.json'], tsconfigRootDir: import.meta.dirname } },
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
    },
  },
  {
    // What strangers wrote is escaped where it is printed, and it is printed nowhere else. store.ts exports lines of printable JSON.
    files: ['packages/*/src/**/*.ts'],
    ignores: ['packages/core/src/log.ts', 'packages/cli/src/terminal.ts', 'packages/cli/src/service-log.ts', 'packages/cli/src/store.ts'],
    rules: {
      'no-restricted-properties': ['error', ...['stdout', 'stderr'].map((property) => ({ object: 'process', property, message: 'Print through terminal.ts or the log: these escape what strangers wrote.' }))],
    },
  },
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

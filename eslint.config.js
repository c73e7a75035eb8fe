import tseslint from "typescript-eslint";

const nameExports = [{ selector: "ExportDefaultDeclaration", message: "Name what you export." }];

export default tseslint.config(
  { ignores: ["dist", "node_modules", "coverage"] },
  {
    files: ["**/*.ts"],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "max-lines": ["error", { max: 250, skipBlankLines: true, skipComments: true }],
      "max-lines-per-function": ["error", { max: 40, skipBlankLines: true, skipComments: true }],
      "@typescript-eslint/restrict-template-expressions": [
        "error",
        { allowNumber: true, allowBoolean: true },
      ],
      "@typescript-eslint/switch-exhaustiveness-check": [
        "error",
        { considerDefaultExhaustiveForUnions: true },
      ],
      "@typescript-eslint/consistent-type-definitions": ["error", "interface"],
      "no-restricted-syntax": ["error", ...nameExports],
    },
  },
  {
    // Time comes from the Clock.
    files: ["src/**/*.ts"],
    ignores: ["src/shared/clock.ts"],
    rules: {
      "no-restricted-globals": ["error", "performance", "setTimeout", "setInterval"],
      "no-restricted-properties": ["error", { object: "Date", property: "now" }],
      "no-restricted-imports": ["error", "node:perf_hooks", "node:timers", "node:timers/promises"],
      "no-restricted-syntax": [
        "error",
        ...nameExports,
        {
          selector: "NewExpression[callee.name='Date'][arguments.length=0]",
          message: "Ask the Clock for the time of day.",
        },
      ],
    },
  },
  {
    // A describe block is a table of contents, not a function to read; a test file is as long as its cases.
    files: ["test/**/*.ts", "bench/**/*.ts"],
    rules: { "max-lines-per-function": "off", "max-lines": ["error", { max: 400 }] },
  },
  { files: ["vitest.config.ts"], rules: { "no-restricted-syntax": "off" } },
);

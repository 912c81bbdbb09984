import tseslint from "typescript-eslint";

/**
 * Imports point one way (CONTRIBUTING.md, "The layers"). Each entry names a folder and what it must not import.
 * @param {string} files glob of the folder
 * @param {string[]} patterns import paths that are refused there
 * @param {string} message why
 */
const refuse = (files, patterns, message) => ({
  files: [files],
  rules: { "no-restricted-imports": ["error", { patterns: [{ group: patterns, message }] }] },
});

const lib = "packages/shiftmanager/src";
const drivers = ["pg", "pg/*", "pgpass", "@aws-sdk/*", "kysely"];
const features = ["**/users/*", "**/tables/*", "**/load/*", "**/unload/*"];

/** @param {string} folder */
const feature = (folder) =>
  refuse(
    `${lib}/${folder}/**/*.ts`,
    [
      ...drivers,
      ...features.filter((f) => f !== `**/${folder}/*`),
      "**/adapters/*",
      "**/cli/*",
      "**/redshift.ts",
      "**/index.ts",
      "redshift-sandbox",
    ],
    "A feature imports only s3, ddl, catalog, sql, session and errors; features never import each other.",
  );

export default tseslint.config(
  { ignores: ["**/dist/**", "**/node_modules/**", ".cache/**"] },
  ...tseslint.configs.recommended,
  {
    files: ["packages/*/{src,test}/**/*.ts"],
    extends: [tseslint.configs.recommendedTypeCheckedOnly],
    languageOptions: {
      parserOptions: { project: ["./packages/*/tsconfig.json", "./tsconfig.check.json"] },
    },
  },
  {
    rules: {
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/no-non-null-assertion": "error",
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
      eqeqeq: ["error", "always"],
      "no-restricted-syntax": [
        "error",
        { selector: "ExportAllDeclaration", message: "Public names are listed one by one." },
      ],
    },
  },
  { files: [`${lib}/**/*.ts`], ignores: [`${lib}/cli/**`], rules: { "no-console": "error" } },
  refuse(
    `${lib}/{errors,session}.ts`,
    ["./*", "!./wording.ts", "../*", ...drivers],
    "errors.ts and session.ts import nothing but the wording of messages.",
  ),
  refuse(
    `${lib}/sql/**/*.ts`,
    [
      ...drivers,
      ...features,
      "**/catalog/*",
      "**/ddl/*",
      "**/s3/*",
      "**/adapters/*",
      "**/cli/*",
      "**/redshift.ts",
    ],
    "sql/ knows only errors and session.",
  ),
  refuse(
    `${lib}/catalog/**/*.ts`,
    [...drivers, ...features, "**/ddl/*", "**/s3/*", "**/adapters/*", "**/cli/*", "**/redshift.ts"],
    "catalog/ knows only sql, session and errors.",
  ),
  refuse(
    `${lib}/{ddl,s3}/**/*.ts`,
    [...drivers, ...features, "**/adapters/*", "**/cli/*", "**/redshift.ts"],
    "ddl/ and s3/ know only catalog, sql, session and errors.",
  ),
  feature("users"),
  feature("tables"),
  feature("load"),
  feature("unload"),
  refuse(
    `${lib}/adapters/**/*.ts`,
    [...features, "**/catalog/*", "**/ddl/*", "**/cli/*", "**/redshift.ts", "**/index.ts"],
    "Adapters implement the shapes of session.ts; they meet the features only in redshift.ts.",
  ),
  refuse(
    `${lib}/kysely/**/*.ts`,
    [
      ...drivers.filter((name) => name !== "kysely"),
      ...features,
      "**/adapters/*",
      "**/cli/*",
      "**/redshift.ts",
      "**/index.ts",
    ],
    "The Kysely dialect knows kysely, catalog, sql, session and errors; it gets the connection from redshift.ts.",
  ),
  refuse(
    `${lib}/cli/**/*.ts`,
    [
      ...drivers,
      ...features,
      "**/catalog/*",
      "**/ddl/*",
      "**/s3/*",
      "**/adapters/*",
      "**/sql/*",
      "**/redshift.ts",
      "**/errors.ts",
      "**/session.ts",
    ],
    "The command uses only index.ts: that is how we learn that the library is complete.",
  ),
  {
    files: ["packages/redshift-sandbox/**/*.ts"],
    rules: {
      "no-restricted-imports": [
        "error",
        {
          patterns: [
            {
              group: ["shiftmanager", "**/shiftmanager/**"],
              message: "The sandbox judges the library: neither imports the other.",
            },
          ],
        },
      ],
    },
  },
);

import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["packages/*/test/**/*.test.ts", "test/**/*.test.ts"],
    // Real servers start in these tests; the limits only catch a hang, on a busy machine as well.
    testTimeout: 240_000,
    hookTimeout: 240_000,
    maxWorkers: 2,
    setupFiles: process.env.FAST_CHECK_SEED === undefined ? [] : ["./scripts/seeded-properties.mjs"],
    // What the SDK says of its later versions would stand between the results.
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true" },
    reporters: ["default", "./scripts/proof-reporter.mjs", "./scripts/closing-line.mjs"],
  },
});

// @ts-check
/**
 * Closes a run with one plain line that any reader can count: `N passed, N failed`.
 * Before it, each test that was skipped says why.
 */
export default class ClosingLine {
  /** @param {ReadonlyArray<import("vitest/node").TestModule>} modules */
  onTestRunEnd(modules) {
    let passed = 0;
    let failed = 0;
    let skipped = 0;
    for (const module of modules) {
      let failedHere = 0;
      for (const test of module.children.allTests()) {
        const result = test.result();
        if (result.state === "passed") passed += 1;
        else if (result.state === "failed") failedHere += 1;
        else {
          skipped += 1;
          const reason = (result.state === "skipped" ? result.note : undefined) ?? "no reason given";
          console.log(`skipped: ${test.fullName}: ${reason}`);
        }
      }
      // A file that fails while it loads, or a hook that fails, holds no failed test of its own.
      if (failedHere === 0 && module.state() === "failed") failedHere = 1;
      failed += failedHere;
    }
    if (skipped > 0) console.log(`${skipped} skipped`);
    console.log(`${passed} passed, ${failed} failed`);
  }
}

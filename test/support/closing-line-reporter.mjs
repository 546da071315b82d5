import { writeSync } from 'node:fs';

const STDOUT = 1;
const REASON = /\(skipped: (.+?)\)(?= |$)/;

/**
 * Jest's reporter of what counts: why each skipped test was skipped, and as the very last line of the run
 * `N passed, N failed, N skipped`. A file that could not be loaded counts as one failure.
 */
export default class ClosingLineReporter {
  onTestResult(_test, fileResult) {
    for (const { status, fullName } of fileResult.testResults) {
      const reason = status === 'pending' ? REASON.exec(fullName)?.[1] : undefined;
      if (reason !== undefined)
        process.stderr.write(`skipped: ${reason} — ${fullName.replace(REASON, '').replace(/ +/g, ' ').trim()}\n`);
    }
  }

  onRunComplete(_contexts, results) {
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    const skipped = results.numPendingTests + results.numTodoTests;
    const line = `${results.numPassedTests} passed, ${failed} failed, ${skipped} skipped\n`;
    // Jest still prints after its reporters are done (open handles, its own summary): only at exit is the last line last.
    process.once('exit', () => writeSync(STDOUT, line));
  }
}

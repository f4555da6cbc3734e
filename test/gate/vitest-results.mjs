import { readFileSync } from 'node:fs'
import { fail, tally } from './steps.mjs'

/**
 * Adds what vitest wrote down to the tally.
 * @param {string} path of the JSON reporter's file
 * @param {boolean} clean whether vitest itself ended well
 */
export function readVitest(path, clean) {
  const failedBefore = tally.failed
  /** @type {{ testResults: { name: string, status: string, assertionResults: { status: string, fullName: string }[] }[] }} */
  let results
  try {
    results = JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    fail('vitest ended without results')
    return
  }
  for (const file of results.testResults) {
    const before = tally.failed
    for (const { status, fullName } of file.assertionResults) {
      if (status === 'passed') tally.passed++
      else if (status === 'failed') fail(`${file.name}: ${fullName}`)
      else tally.skipped++
    }
    // A file that broke before its first test, or in a hook.
    if (file.status === 'failed' && tally.failed === before) fail(file.name)
  }
  // An error outside of any test, or a browser that never came.
  if (!clean && tally.failed === failedBefore) fail('vitest ended with an error outside of any test')
}

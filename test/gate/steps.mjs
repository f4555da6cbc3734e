import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

/** What all parts together came to. */
export const tally = {
  passed: 0,
  failed: 0,
  skipped: 0,
  /** @type {string[]} */
  failures: [],
}

/**
 * One check that passes or fails as a whole. The checks after it are made in any case.
 * @param {string} name
 * @param {() => boolean | Promise<boolean>} check
 */
export async function step(name, check) {
  console.log(`\n== ${name}`)
  const started = performance.now()
  let good = false
  try {
    good = await check()
  } catch (error) {
    console.error(error)
  }
  if (good) tally.passed++
  else fail(name)
  console.log(`${good ? 'ok' : 'FAILED'}: ${name}, ${((performance.now() - started) / 1000).toFixed(1)} s`)
}

/** @param {string} name */
export function fail(name) {
  tally.failed++
  tally.failures.push(name)
}

const modules = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), '..')

/**
 * Runs a package's script with this Node, or one of ours.
 * @param {string} script as seen from node_modules
 * @param {string[]} args
 * @returns {Promise<boolean>} whether it ended well
 */
export function node(script, ...args) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [join(modules, script), ...args], { stdio: ['ignore', 'inherit', 'inherit'] })
    child.on('error', () => resolve(false))
    child.on('exit', (code) => resolve(code === 0))
  })
}

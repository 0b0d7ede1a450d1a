/**
 * From the command to the line that says it is ready: `gatehouse up` with the two UK specifications (account information and payment
 * initiation), the first time and with the imports kept.
 *
 *     npm run -s bench:start
 */
import { spawn } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '..')
const SPECS = [
  ['accounts', 'examples/bank/spec/account-info-openapi.yaml'],
  ['payments', 'test/inventory/specs/uk-obie/payment-initiation-openapi.yaml'],
] as const
const WARM_RUNS = 5
/** After a crash, too: the start is the same. */
const SERVING_WITHIN_MS = 2_000

const dir = mkdtempSync(join(tmpdir(), 'gatehouse-start-'))
try {
  for (const [name, file] of SPECS) copyFileSync(join(ROOT, file), join(dir, `${name}.yaml`))
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const key = { ...publicKey.export({ format: 'jwk' }), kid: 'k', alg: 'ES256', use: 'sig' }
  writeFileSync(join(dir, 'jwks.json'), JSON.stringify({ keys: [key] }))
  const apis = SPECS.map(
    ([name]) =>
      `  - {name: ${name}, spec: ${name}.yaml, upstream: 'http://127.0.0.1:9', template: ais}\n`,
  )
  writeFileSync(
    join(dir, 'gatehouse.yaml'),
    `listen: 127.0.0.1:0\nissuers:\n  - {issuer: 'https://issuer.example', jwks: jwks.json, audience: 'https://api.example'}\napis:\n${apis.join('')}`,
  )
  console.log(
    `node ${process.version}, ${availableParallelism()} processors, load ${loadavg()[0]?.toFixed(1)}`,
  )
  console.log(`cold  ${await readyAfterMs()} ms`)
  const warm: number[] = []
  for (let run = 0; run < WARM_RUNS; run++) warm.push(await readyAfterMs())
  const sorted = warm.toSorted((a, b) => a - b)
  const median = sorted[WARM_RUNS >> 1] ?? Infinity
  console.log(`warm  ${median} ms (median of ${WARM_RUNS}; ${sorted.join(', ')})`)
  console.log(
    `target: serves again within ${SERVING_WITHIN_MS} ms: ${median <= SERVING_WITHIN_MS ? 'met' : 'missed'}`,
  )
} finally {
  rmSync(dir, { recursive: true, force: true })
}

function readyAfterMs(): Promise<number> {
  const start = performance.now()
  const child = spawn(join(ROOT, 'bin/gatehouse'), ['up', join(dir, 'gatehouse.yaml')])
  return new Promise((resolve, reject) => {
    let ready: number | undefined
    let said = ''
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString()
      if (ready !== undefined || !/^ready /m.test(said)) return
      ready = Math.round(performance.now() - start)
      child.kill('SIGTERM')
    })
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
    child.once('error', reject)
    child.once('exit', () =>
      ready === undefined ? reject(new Error(`it did not start: ${said}`)) : resolve(ready),
    )
  })
}

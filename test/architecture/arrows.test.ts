/** DESIGN §4 as data: who may import whom, through which door, and how large a file may grow. */
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { dirname, join, normalize, sep } from 'node:path'
import { test } from 'node:test'

const ROOT = join(import.meta.dirname, '..', '..')

/** Module → modules it may import. Everything may import `lib`. `!types` marks an arrow that is for types only. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  lib: [],
  config: [],
  schema: [],
  proof: [],
  feed: [],
  store: ['feed'],
  decide: ['schema'],
  events: ['decide!types'],
  controls: [],
  inventory: ['controls', 'schema', 'events'],
  // Rooms with a door of their own: who starts a gateway, or asks what is kept, need not wait for the rest of the house.
  'inventory/record': ['inventory!types', 'store'],
  objectives: ['controls', 'inventory'],
  policy: ['decide!types', 'schema', 'controls', 'objectives', 'inventory', 'events!types'],
  'policy/replay': ['policy', 'decide', 'schema', 'events'],
  'policy/policy-tests': ['policy', 'decide', 'schema', 'events'],
  'gateway/core': ['decide', 'schema', 'proof', 'feed', 'events'],
  'gateway/node': ['gateway/core', 'decide'],
  // It serves HTTP/1.1 with the reader and the connections of `node`, whose tests are about attacks.
  'gateway/envoy': ['gateway/core', 'gateway/node', 'decide'],
  identity: ['sca', 'proof', 'store', 'events', 'feed', 'inventory'],
  sca: ['proof', 'store', 'events', 'feed', 'sca/tables'],
  'sca/tables': ['sca!types', 'store!types'],
  posture: ['controls', 'objectives', 'store', 'events'],
  audit: ['store', 'events'],
  api: [
    'config',
    'schema',
    'feed',
    'store',
    'decide',
    'events',
    'controls',
    'inventory',
    'objectives',
    'policy',
    'posture',
    'audit',
    'identity!types',
    'sca!types',
  ],
  app: ['*'],
  // Starting has a door of its own, so that `up` need not wait for modules it does not need yet.
  'app/start': ['app'],
  cli: ['app', 'app/start', 'api'],
}

/** Modules that must stay pure: no package, no Node, only what is listed above. */
const PURE = ['lib', 'schema', 'decide']
const REFUSED_NAMES = /(^|\/)(utils?|helpers?|common|shared|misc|manager)(\.ts$|\/)|\/types\.ts$/

interface Import {
  readonly file: string
  readonly line: string
  readonly target: string
  readonly typeOnly: boolean
}

const files = globSync('src/**/*.ts', { cwd: ROOT })
const sources = files.filter((file) => !file.endsWith('.test.ts'))

function moduleOf(file: string): string | undefined {
  const parts = file.split(sep).slice(1)
  const two = parts.slice(0, 2).join('/')
  return two in ALLOWED ? two : parts[0] !== undefined && parts[0] in ALLOWED ? parts[0] : undefined
}

function importsOf(file: string): Import[] {
  const text = readFileSync(join(ROOT, file), 'utf8')
  const found: Import[] = []
  const statement =
    /^(import|export)\s+(type\s+)?(?:(\{[^}]*\}|\*(?:\s+as\s+\w+)?|\w+(?:\s*,\s*\{[^}]*\})?)\s+from\s+)?'([^'\n]+)'/gm
  for (const match of text.matchAll(statement)) {
    const [line, keyword, type, names, target = ''] = match
    if (keyword === 'export' && names === undefined) continue
    const inner = /^\{([^}]*)\}$/.exec(names ?? '')?.[1]
    const allInnerTypes =
      inner !== undefined &&
      inner.split(',').every((name) => name.trim() === '' || name.trim().startsWith('type '))
    found.push({ file, line, target, typeOnly: type !== undefined || allInnerTypes })
  }
  for (const match of text.matchAll(/\bimport\(\s*['"]([^'"]+)['"]\s*\)/g))
    found.push({ file, line: match[0], target: match[1] ?? '', typeOnly: false })
  return found
}

test('the check sees the source', () => {
  assert.ok(sources.length > 50, `only ${sources.length} source files found: the check is blind`)
  assert.ok(sources.flatMap(importsOf).length > 100, 'hardly any import found: the check is blind')
  for (const module of Object.keys(ALLOWED))
    assert.ok(
      sources.some((file) => moduleOf(file) === module),
      `no file of ${module} seen`,
    )
})

test('src modules import only along the arrows, through front doors', () => {
  const wrong: string[] = []
  for (const item of files.flatMap(importsOf)) {
    if (!item.target.startsWith('.')) continue
    const target = normalize(join(dirname(item.file), item.target))
      .split(sep)
      .join('/')
    if (!target.startsWith('src/')) {
      // The manifest is the one file outside that the product reads: for its version.
      if (!item.file.endsWith('.test.ts') && target !== 'package.json')
        wrong.push(`${item.file}: leaves src: ${item.target}`)
      continue
    }
    const from = moduleOf(item.file)
    const to = moduleOf(target)
    if (from === undefined || to === undefined)
      wrong.push(`${item.file}: not in a module of the drawing: ${item.target}`)
    else if (from !== to) {
      // Starting is a room of `app` with a door of its own: it may go straight to what it needs.
      const sameHouse = from === 'app/start' && to === 'app'
      if (target !== `src/${to}/index.ts` && !sameHouse)
        wrong.push(`${item.file}: goes past the front door: ${item.target}`)
      const allowed = ALLOWED[from] ?? []
      const free = to === 'lib' || allowed.includes('*') || allowed.includes(to)
      const typesOnly = allowed.includes(`${to}!types`)
      // A test may use any module's front door to play the other side.
      if (!free && !typesOnly && !item.file.endsWith('.test.ts'))
        wrong.push(`${item.file}: ${from} may not import ${to}`)
      if (!free && typesOnly && !item.typeOnly && !item.file.endsWith('.test.ts'))
        wrong.push(`${item.file}: ${from} may import only types of ${to}`)
    }
  }
  assert.deepEqual(wrong, [])
})

test('imports are relative and end in .ts; pure modules import nothing from outside', () => {
  const wrong: string[] = []
  for (const item of sources.flatMap(importsOf)) {
    const module = moduleOf(item.file)
    if (item.target.startsWith('.')) {
      if (!/\.(ts|json)$/.test(item.target)) wrong.push(`${item.file}: ${item.target}`)
    } else {
      if (!item.target.startsWith('node:') && builtinModules.includes(item.target))
        wrong.push(`${item.file}: write node:${item.target}`)
      if (module !== undefined && PURE.includes(module))
        wrong.push(`${item.file}: ${module} is pure: ${item.target}`)
    }
  }
  assert.deepEqual(wrong, [])
})

test('a front door only re-exports, by name', () => {
  for (const file of sources.filter((name) => name.endsWith(`${sep}index.ts`))) {
    const text = readFileSync(join(ROOT, file), 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')
    const rest = text.replace(/export\s+(type\s+)?\{[^}]*\}\s*from\s*'[^']+'\s*;?/g, '').trim()
    assert.equal(rest === 'export {}' ? '' : rest, '', `${file} holds more than named re-exports`)
  }
})

test('files stay small: median at most 130 lines, 95 % at most 400, none over 600', () => {
  const lengths = sources
    .map((file) => readFileSync(join(ROOT, file), 'utf8').split('\n').length)
    .sort((a, b) => a - b)
  const at = (share: number): number => lengths[Math.floor((lengths.length - 1) * share)] ?? 0
  assert.ok(at(0.5) <= 130, `median ${at(0.5)}`)
  assert.ok(at(0.95) <= 400, `95th percentile ${at(0.95)}`)
  assert.ok(at(1) <= 600, `longest ${at(1)}`)
})

test('no file is named after nothing', () => {
  assert.deepEqual(
    files.map((file) => file.split(sep).join('/')).filter((file) => REFUSED_NAMES.test(file)),
    [],
  )
})

test('nothing in src knows the examples, and they import nothing of src', () => {
  assert.deepEqual(
    sources.filter((file) =>
      /examples\//.test(
        importsOf(file)
          .map((item) => item.target)
          .join('\n'),
      ),
    ),
    [],
  )
  const examples = globSync('examples/**/*.ts', { cwd: ROOT })
  assert.ok(examples.length > 0, 'no example seen: the check is blind')
  const wrong = examples
    .flatMap(importsOf)
    .filter((item) => normalize(join(dirname(item.file), item.target)).startsWith(`src${sep}`))
  assert.deepEqual(
    wrong.map((item) => `${item.file}: ${item.target}`),
    [],
  )
})

test('every line of the pure modules is free of ambient time and chance', () => {
  for (const file of sources.filter((name) => PURE.includes(moduleOf(name) ?? ''))) {
    const text = readFileSync(join(ROOT, file), 'utf8')
    assert.doesNotMatch(text, /\bDate\.now\(|\bMath\.random\(|\bnew Date\(\)/, file)
  }
})

test('there are at least as many lines of tests as of source', () => {
  const count = (names: readonly string[]): number =>
    names.reduce((sum, file) => sum + readFileSync(join(ROOT, file), 'utf8').split('\n').length, 0)
  const tests = [
    ...globSync('{src,test,examples}/**/*.test.ts', { cwd: ROOT }),
    ...globSync('test/**/*.{ts,case}', { cwd: ROOT }),
  ]
  assert.ok(
    count([...new Set(tests)]) >= count(sources),
    `${count([...new Set(tests)])} lines of tests, ${count(sources)} of source`,
  )
})

/**
 * Runs a how-to page as its reader would: files are written, commands typed in order in one folder, and what the page says they print is
 * looked for in what they print. Ports on the page stand for free ones.
 *
 * Blocks: `yaml file=NAME` is a file; `sh` a shell script (`sh exit=4`: ends with that code; `sh background`: stays); `text` behind one of
 * them is what it must print, line by line, where `…` stands for anything. Other blocks are for the eye. A page with the comment
 * `goes on from OTHER.md` is followed after that one, in the same folder.
 */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { globSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { TestContext } from 'node:test'
import { freePort } from '../support/free-port.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const READY_MS = 60_000
/**
 * Scripts run in a process group of their own, which no signal to the test reaches. One end of a pipe is held by the test, the other by a
 * watcher in the group: however the test ends, the pipe does too, and the watcher ends the group.
 */
const LIFELINE =
  '{ (read -r _ <&3 || true; kill -TERM 0) >/dev/null 2>&1 & } 2>/dev/null\nexec 3<&-\n'
const BLOCK = /^```(\w+)([^\n]*)\n([\s\S]*?)^```$/gm
const PORT = /(?<![\d.])(?:[89]\d{3})(?!\d)/g

interface Block {
  readonly language: string
  readonly options: ReadonlyMap<string, string>
  readonly text: string
  readonly line: number
}

export function blocksOf(page: string): readonly Block[] {
  return [...page.matchAll(BLOCK)].map(
    ({ index, 1: language = '', 2: words = '', 3: text = '' }) => ({
      language,
      options: new Map(
        words
          .split(' ')
          .filter((word) => word !== '')
          .map((word) => [word.split('=')[0] ?? '', word.split('=')[1] ?? '']),
      ),
      text,
      line: page.slice(0, index).split('\n').length,
    }),
  )
}

/** Says how many blocks were run. */
export async function followPage(t: TestContext, file: string): Promise<number> {
  return follow(file, newReader(t), new Map())
}

/** A page that goes on where another ended is followed in the folder of that one. */
async function follow(file: string, reader: Reader, ports: Map<string, string>): Promise<number> {
  const page = readFileSync(file, 'utf8')
  const before = /^<!-- goes on from (\S+) -->$/m.exec(page)?.[1]
  if (before !== undefined) await follow(join(dirname(file), before), reader, ports)
  for (const [port] of page.matchAll(PORT))
    if (!ports.has(port)) ports.set(port, String(await freePort()))
  const mapped = (text: string): string => text.replaceAll(PORT, (port) => ports.get(port) ?? port)
  const blocks = blocksOf(page)
  let ran = 0
  for (const [at, block] of blocks.entries()) {
    const name = block.options.get('file')
    const next = blocks[at + 1]
    const printed = next?.language === 'text' ? mapped(next.text).trim().split('\n') : []
    const place = `${file}:${block.line}`
    if (name !== undefined) reader.write(name, mapped(block.text))
    else if (block.language !== 'sh') continue
    else if (block.options.has('background')) await reader.start(mapped(block.text), printed, place)
    else
      await reader.type(mapped(block.text), printed, Number(block.options.get('exit') ?? 0), place)
    // What a command wrote names the page's ports too.
    reader.rewrite(mapped)
    ran++
  }
  return ran
}

interface Reader {
  write(name: string, text: string): void
  /** Every YAML file in the folder, changed where it must be. */
  rewrite(change: (text: string) => string): void
  type(script: string, printed: readonly string[], exit: number, place: string): Promise<void>
  start(script: string, printed: readonly string[], place: string): Promise<void>
}

function newReader(t: TestContext): Reader {
  const folder = temporaryFolder(t)
  const bin = temporaryFolder(t)
  symlinkSync(join(ROOT, 'bin', 'gatehouse'), join(bin, 'gatehouse'))
  const shell = (script: string): ChildProcess => {
    const child = spawn('bash', ['-euo', 'pipefail', '-c', LIFELINE + script], {
      cwd: folder,
      env: {
        ...process.env,
        PATH: `${bin}:${process.env['PATH'] ?? ''}`,
        NO_COLOR: '1',
        USER: 'reader',
      },
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
      detached: true,
    })
    const lifeline = child.stdio[3]
    // Let go of on purpose, it may be torn at the other end first.
    lifeline?.on('error', () => undefined)
    child.once('exit', () => lifeline?.destroy())
    t.after(async () => {
      if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return
      const gone = once(child, 'close')
      process.kill(-child.pid, 'SIGTERM')
      await gone
    })
    return child
  }
  return {
    write(name, text) {
      mkdirSync(dirname(join(folder, name)), { recursive: true })
      writeFileSync(join(folder, name), text)
    },
    rewrite(change) {
      for (const file of globSync('*.yaml', { cwd: folder })) {
        const before = readFileSync(join(folder, file), 'utf8')
        const after = change(before)
        if (after !== before) writeFileSync(join(folder, file), after)
      }
    },
    async type(script, printed, exit, place) {
      const child = shell(script)
      const output = collect(child)
      const [code] = await once(child, 'close')
      assert.equal(code, exit, `${place} ended with ${String(code)}:\n${output()}`)
      const missing = firstMissing(printed, output())
      assert.equal(missing, undefined, `${place} does not print this line; it prints:\n${output()}`)
    },
    async start(script, printed, place) {
      const child = shell(script)
      const output = collect(child)
      await new Promise<void>((resolve, reject) => {
        const fail = (why: string): void => reject(new Error(`${place} ${why}:\n${output()}`))
        const limit = setTimeout(() => fail('does not print what the page says'), READY_MS)
        const look = (): void => {
          if (firstMissing(printed, output()) !== undefined) return
          clearTimeout(limit)
          resolve()
        }
        child.stdout?.on('data', look)
        child.stderr?.on('data', look)
        child.once('close', () => fail('ended'))
        look()
      })
    },
  }
}

function collect(child: ChildProcess): () => string {
  let text = ''
  child.stdout?.on('data', (chunk: Buffer) => (text += chunk.toString()))
  child.stderr?.on('data', (chunk: Buffer) => (text += chunk.toString()))
  return () => text
}

/** Lines of the page in order, each in a line of the output; `…` stands for anything. */
function firstMissing(printed: readonly string[], output: string): string | undefined {
  let rest = output.split('\n')
  for (const line of printed) {
    const pattern = new RegExp(
      `^${line
        .trim()
        .split('…')
        .map((part) => part.replaceAll(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`))
        .join('.*')}$`,
    )
    const at = rest.findIndex((one) => pattern.test(one.trim()))
    if (at < 0) return line
    rest = rest.slice(at + 1)
  }
  return undefined
}

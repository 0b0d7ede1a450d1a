/** A file that is read again whenever it changes. What cannot be used leaves the last good content in force, and says so. */
import { readFile, stat } from 'node:fs/promises'

export interface WatchedFile<T> {
  readonly path: string
  /** The last content that could be used; `undefined`: there was none. */
  readonly value: T | undefined
  /** Why the file as it is now cannot be used; `undefined`: it can. */
  readonly problem: string | undefined
  /** Looks at the file; whether `value` or `problem` is another now. Never rejects. */
  check(): Promise<boolean>
}

/** `read` throws a message about the content that quotes nothing of it. */
export function watchedFile<T>(
  path: string,
  maxBytes: number,
  read: (bytes: Buffer) => T,
): WatchedFile<T> {
  let seen: string | undefined
  let value: T | undefined
  let problem: string | undefined

  async function content(): Promise<void> {
    const { mtimeMs, size, ino } = await stat(path)
    const now = `${mtimeMs}:${size}:${ino}`
    if (now === seen) return
    seen = undefined
    if (size > maxBytes) throw new Error(`it is larger than ${maxBytes} bytes`)
    value = read(await readFile(path))
    problem = undefined
    seen = now
  }

  return {
    path,
    get value() {
      return value
    },
    get problem() {
      return problem
    },
    async check() {
      const [was, why] = [value, problem]
      try {
        await content()
      } catch (error) {
        // A file that is half written is whole at the next look.
        const code = error instanceof Error && 'code' in error ? String(error.code) : undefined
        problem = `${path}: ${code ?? (error instanceof Error ? error.message : 'it cannot be read')}`
      }
      return value !== was || problem !== why
    },
  }
}

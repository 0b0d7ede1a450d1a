/** What benchmarks say to the processes that they measure, and hear from them. */
import type { ChildProcess } from 'node:child_process'

/** The next message of the child with this member. */
export function message<T>(child: ChildProcess, member: string): Promise<T> {
  return new Promise((resolve) => {
    const take = (value: unknown): void => {
      if (typeof value !== 'object' || value === null || !(member in value)) return
      child.off('message', take)
      resolve(value as T) // sound: our own processes
    }
    child.on('message', take)
  })
}

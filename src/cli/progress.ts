/**
 * One line on stderr that says how far long work has come. Shown to a person at a terminal only: never in a pipe, a log or a CI job, and
 * not where `NO_COLOR` or `TERM=dumb` asks for plain output.
 */
import type { CliContext } from './command.ts'

export interface Progress {
  /** So many of `total` are done; without a total only the count is shown. Cheap to call for every item. */
  at(done: number, total?: number): void
  /** Takes the line away again. To be called whatever became of the work. */
  end(): void
}

const REDRAW_MS = 100
/** Shorter work shows nothing: a line that flashes up says less than no line. */
const QUIET_MS = 400
const CLEAR = '\r\u001B[2K'
const SILENT: Progress = { at: () => undefined, end: () => undefined }

/** `label` names the work as the person would: `replaying events`. */
export function startProgress(
  { draw, now, columns }: Pick<CliContext, 'draw' | 'now' | 'columns'>,
  label: string,
): Progress {
  if (draw === undefined) return SILENT
  const startedAt = now()
  let drawnAt = startedAt + QUIET_MS - REDRAW_MS
  let drawn = false
  return {
    at(done, total) {
      const at = now()
      if (at - drawnAt < REDRAW_MS) return
      drawnAt = at
      drawn = true
      draw(`${CLEAR}${progressLine(label, done, total, at - startedAt).slice(0, columns - 1)}`)
    },
    end() {
      if (drawn) draw(CLEAR)
      drawn = false
    },
  }
}

function progressLine(
  label: string,
  done: number,
  total: number | undefined,
  tookMs: number,
): string {
  const count = done.toLocaleString('en')
  if (total === undefined || total <= 0) return `${label}: ${count}`
  const share = Math.min(1, done / total)
  const left = share > 0 ? Math.ceil((tookMs * (1 - share)) / share / 1000) : undefined
  const percent = String(Math.floor(share * 100)).padStart(3)
  return `${label}: ${percent} %  ${count} of ${total.toLocaleString('en')}${left === undefined ? '' : `  ${left} s left`}`
}

import type { Style } from './style.ts'

/** A severity in its colour; the word is always there, colour only helps. */
export function severityText(severity: string, style: Style): string {
  if (severity === 'critical' || severity === 'high') return style.bad(severity)
  return severity === 'medium' ? style.warn(severity) : severity
}

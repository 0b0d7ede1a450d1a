/** An event of strong customer authentication in words. */
import type { ScaEvent } from '../../events/index.ts'

const WORDS: Readonly<Record<ScaEvent['what'], string>> = {
  decided: 'was decided',
  authenticated: 'was authenticated',
  'not-authenticated': 'was not authenticated: it failed, or was abandoned',
  'attempt-refused': 'was not tried again: a limit of attempts is reached',
  done: 'took place',
  void: 'will not take place, and gave back what it had spent',
  unauthenticated: 'was to take place with neither code nor exemption, and did not',
}

export function scaSentence({ act, what, outcome, exemption, decision }: ScaEvent): string {
  const how = exemption === null ? outcome : `exempt by ${exemption}`
  return `An act (${act.replaceAll('-', ' ')}) ${WORDS[what]}; authentication: ${how}. "gatehouse sca explain ${decision}" shows the evidence.`
}

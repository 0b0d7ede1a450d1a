/** Why an answer of the bank was kept back, in words for the event: the kind of fault and its place, never a value. */
import type { Respond } from '../../decide/index.ts'

type Refusal = Exclude<
  Extract<
    ReturnType<Extract<Respond, { readonly kind: 'project' }>['apply']>,
    { readonly ok: false }
  >,
  { readonly reason: 'withheld' }
>

const WORDS: Readonly<Record<Refusal['reason'], string>> = {
  malformed: 'it is not well-formed JSON',
  'too-deep': 'it is nested deeper than is read',
  'duplicate-key': 'an object names a member twice',
  'foreign-object':
    'it is about an account or a day outside what may leave, or does not say about which',
  type: 'it is of another type than declared',
  unsound: 'the specification has no sound schema for it',
  signed: 'the bank signed it whole, and parts of it may not leave',
}

/** Members that only the answer knows are `*` in `at`. */
export function answerRefusal({ reason, at }: Refusal): string {
  return `${at === '' ? 'the body' : at}: ${WORDS[reason]}`
}

/** All names under which one person stands in the tables of strong customer authentication: keyed hashes, by which they are found once the person is to be forgotten. */
import type { Sealing } from '../../store/index.ts'

/** Of the person himself, of his attempts, of his activation codes, and of questions to his devices. */
export function namesOfPerson(
  { hashed }: Pick<Sealing, 'hashed'>,
  subject: string,
): readonly string[] {
  return [
    hashed('subject', subject),
    hashed('attempts of customer', subject),
    hashed('attempts of customer', activationName(subject)),
    hashed('asks of', subject),
  ]
}

/** Attempts with activation codes are counted apart: who is blocked must be able to recover. */
export const activationName = (subject: string): string => `activation of ${subject}`

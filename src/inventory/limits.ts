/** Bounds of what an import reads and does. Each has a test at its edge. */

/** UTF-8 bytes of a specification. The largest public open-banking file is under 1 MB. */
export const MAX_SPEC_BYTES = 10 * 1024 * 1024
/** Objects and arrays inside each other; the root is level 1. */
export const MAX_DEPTH = 200
/** Values of the document, with every YAML alias counted as often as it is used: an alias bomb ends here. */
export const MAX_VALUES = 1_000_000
/** Problems for which a broken reference's nearest name is looked for. */
export const MAX_SUGGESTED = 200
/** References followed one after the other; the schema compiler has the same bound. */
export const MAX_REFERENCE_HOPS = 64
/** Problems listed, beside operations that are not imported: those are always listed. */
export const MAX_PROBLEMS = 2_000
/** Syntax errors listed before the rest is taken as read. */
export const MAX_SYNTAX_ERRORS = 20
/** Schema positions looked at to classify one message; a schema with more is classified by its first part. */
export const MAX_CLASSIFIED = 20_000
/** Keys of one object that are looked at for what stands beside a value. */
export const MAX_SIBLINGS = 500
/** Pieces of evidence kept per data class and operation. */
export const MAX_EVIDENCE = 8

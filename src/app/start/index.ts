export { assembleApart, type AssembledApart } from './assemble-apart.ts'
export { keepCompiled } from './compile-cache.ts'
export { CONFIG_NAME } from './config-name.ts'
export { preload } from './start.ts'

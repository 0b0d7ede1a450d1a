/** Every command, in the order that help shows them: the order of a newcomer's first hour. */
import type { Command } from '../command.ts'
import { controlsCommand } from './controls.ts'

export const COMMANDS: readonly Command[] = [controlsCommand]

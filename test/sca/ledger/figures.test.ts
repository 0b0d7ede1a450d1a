import { overBothStores } from '../../store/both-stores.ts'
import { figuresContract } from './figures-contract.ts'

overBothStores(figuresContract)

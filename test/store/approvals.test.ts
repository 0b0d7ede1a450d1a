import { approvalsContract } from './approvals-contract.ts'
import { overBothStores } from './both-stores.ts'

overBothStores(approvalsContract)

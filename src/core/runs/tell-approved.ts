import { HOSTED_ID, type HostedCall } from '../../dialects/index.ts'
import type { OfferedTool } from './offer-tools.ts'
import { wordsOf } from './tool-content.ts'
import type { ApprovedCall } from './remembered-turn.ts'

/** An approved call and its result as the client is told of them; by its id the client knows the question, too. */
export function tellApproved({ questionId, block: { name, argumentsText }, result }: ApprovedCall, offered: ReadonlyMap<string, OfferedTool>): HostedCall {
  const tool = offered.get(name)
  return {
    id: questionId.slice(questionId.indexOf(HOSTED_ID)),
    server: tool?.label ?? '',
    name: tool?.entry.route.upstreamName ?? name,
    argumentsText,
    approvedBy: questionId,
    result: { text: wordsOf(result), isError: result.isError },
  }
}

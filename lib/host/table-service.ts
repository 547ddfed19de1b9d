/** Requests about the items of menus on the running daemon: a change is one transaction, or nothing. */
import type { LiveStatus } from '../core/config/live-status.js';
import { LiveIds } from '../core/console/items.js';
import type { TableRefusal } from '../core/control/results.js';
import type { ChangeRequest, TableView } from '../core/control/table-requests.js';
import { change, explain, policyToInitiate, rows } from '../core/control/table-requests.js';
import type { Configuration } from './configuration.js';
import type { TableService } from './control-connection.js';
import { formatDateTime } from './date-time.js';
import { matcher } from './matcher.js';

export interface TableServiceParts {
  readonly configuration: Configuration;
  /** Throws an `IpsecError` when the data plane cannot be read. */
  readonly status: () => LiveStatus;
  /** Negotiates for the policy with that id. */
  readonly initiate: (policyId: number) => void;
}

/** What answers the requests of one client. */
export function openTableService(parts: TableServiceParts): TableService {
  const { configuration, status, initiate } = parts;
  const liveIds = new LiveIds();
  const view = (): TableView => ({
    config: configuration.current,
    ...{ status, liveIds, matcher },
    formatTime: formatDateTime,
  });
  return {
    answer: (request) => {
      switch (request.method) {
        case 'rows':
          return answered(rows(request, view()));
        case 'explain':
          return answered(explain(request, view()));
        case 'initiate': {
          const policyId = policyToInitiate(request, configuration.current);
          if (policyId.ok) initiate(policyId.value);
          return policyId.ok ? {} : { refusal: policyId.error };
        }
        default:
          return apply(request, configuration);
      }
    },
  };
}

type Answer = ReturnType<typeof rows> | ReturnType<typeof explain>;

function answered(answer: Answer): object {
  return answer.ok ? answer.value : { refusal: answer.error };
}

/** As a command does: staged, and settled before anybody else has his turn. */
function apply(request: ChangeRequest, configuration: Configuration): object {
  const changed = change(request, configuration.current);
  if (!changed.ok) return { refusal: changed.error };
  const { config, answer } = changed.value;
  if (config === configuration.current) return answer;
  configuration.stage(config);
  const settled = configuration.settle();
  if (settled.ok) return answer;
  const refusal: TableRefusal = { rule: 'C-63', text: `failure: ${settled.error.words}` };
  return { refusal };
}

import { GetCustomerHandler } from './get-customer.js';
import { GetReadinessHandler } from './get-readiness.js';
import { GetRequestHandler } from './get-request.js';
import { GetUsageHandler } from './get-usage.js';
import { IdentifyCallerHandler } from './identify-caller.js';
import { ListCustomersHandler } from './list-customers.js';
import { ListRequestsHandler } from './list-requests.js';

/** The handlers of every query. */
export const queryHandlers = [
  IdentifyCallerHandler,
  GetCustomerHandler,
  ListCustomersHandler,
  GetUsageHandler,
  ListRequestsHandler,
  GetRequestHandler,
  GetReadinessHandler,
];

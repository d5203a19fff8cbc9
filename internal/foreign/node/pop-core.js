// SPDX-License-Identifier: Apache-2.0
'use strict';

const RPCClient = require('@alicloud/pop-core');

// The endpoint has its scheme and port with it. The mode is GET or POST.
function create(account) {
  return new RPCClient({
    accessKeyId: account.id,
    accessKeySecret: account.secret,
    securityToken: account.token || undefined,
    endpoint: account.endpoint,
    apiVersion: '2014-05-26',
  });
}

exports.open = (account, mode) => {
  const client = create(account);
  return (action, parameters) => client.request(action, parameters, { method: mode });
};

exports.refusal = (error) => error.data && { code: error.code, message: error.data.Message, requestId: error.data.RequestId };

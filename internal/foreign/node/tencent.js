// SPDX-License-Identifier: Apache-2.0
'use strict';

const { CommonClient } = require('tencentcloud-sdk-nodejs-common');

// The endpoint of this SDK is the host with the port. The mode is the method of HTTP and
// the signature: POST TC3-HMAC-SHA256, GET HmacSHA256 and so on.
function create(account, mode) {
  const [reqMethod, signMethod] = mode.split(' ');
  return new CommonClient(new URL(account.endpoint).host, '2017-03-12', {
    credential: { secretId: account.id, secretKey: account.secret, token: account.token || undefined },
    region: account.region,
    profile: { signMethod, httpProfile: { reqMethod, protocol: 'http://' } },
  });
}

exports.open = (account, mode) => {
  const client = create(account, mode);
  return async (action, parameters) => ({ Response: await client.request(action, parameters) });
};

exports.refusal = (error) => error.code && error.requestId && {
  code: error.code, message: error.message, requestId: error.requestId,
};

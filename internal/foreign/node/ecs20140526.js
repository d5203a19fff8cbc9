// SPDX-License-Identifier: Apache-2.0
'use strict';

const ecs = require('@alicloud/ecs20140526');
const { $OpenApiUtil } = require('@alicloud/openapi-core');

// The endpoint of this SDK is the host with the port. The mode v2 is the older
// signature, HMAC-SHA1; without it the SDK signs with ACS3-HMAC-SHA256.
function create(account, mode) {
  const config = new $OpenApiUtil.Config({
    accessKeyId: account.id,
    accessKeySecret: account.secret,
    securityToken: account.token || undefined,
    regionId: account.region,
    endpoint: new URL(account.endpoint).host,
    protocol: 'http',
  });
  if (mode === 'v2') {
    config.signatureAlgorithm = 'v2';
  }
  return new ecs.default(config);
}

const lowerFirst = (name) => name[0].toLowerCase() + name.slice(1);

exports.open = (account, mode) => {
  const client = create(account, mode);
  return async (action, parameters) => {
    const named = Object.fromEntries(Object.entries(parameters).map(([name, value]) => [lowerFirst(name), value]));
    const response = await client[lowerFirst(action)](new ecs[action + 'Request'](named));
    return response.body.toMap();
  };
};

exports.refusal = (error) => error.data && error.data.RequestId && {
  code: error.code, message: error.message, requestId: error.data.RequestId,
};

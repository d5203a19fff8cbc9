// SPDX-License-Identifier: Apache-2.0

// Package migrate has the code of its README, which is for users of the vendors'
// generated clients: typical code with these clients, and the same with this library.
// Its tests run both against the same test servers, and check the code and the results
// in the README.
package migrate

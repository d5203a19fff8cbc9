// SPDX-License-Identifier: Apache-2.0

// Package migrate holds the code of its README, which is for those who come from
// the vendors' generated clients: what one writes with them, and what is left of
// it with this library. Its tests run both against the same wire servers, and see
// to it that the README shows this code and says what comes out.
package migrate

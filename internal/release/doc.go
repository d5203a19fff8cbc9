// SPDX-License-Identifier: Apache-2.0

// Command release checks that a version can be released and makes the commit that its
// tags belong on. It changes neither the branch nor the files that are checked out,
// and pushes nothing.
//
//	make versions VERSION=v0.2.0   # what the nested go.mod files require; commit it
//	make release VERSION=v0.2.0
//
// On main each nested go.mod requires a real version of the modules of this repository,
// and replaces them by the folders beside it. Go ignores the replacements of a library,
// but "go install …/enictl@v0.2.0" refuses a command that has any. So the release
// commit, a child of main that main does not get, has enictl without its replacement;
// its go.sum then needs the hashes of a version of the root module that is not
// published yet. They are computed from the commit itself: the root module's zip holds
// no nested module, so neither go.sum nor go.mod of those changes them.
package main

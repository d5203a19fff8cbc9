// SPDX-License-Identifier: Apache-2.0

// Command release checks that a version can be released and makes the release commit for
// its tags. It changes neither the branch nor the checked-out files, and pushes nothing.
//
//	make versions VERSION=v0.2.0   # updates the nested go.mod files; commit them
//	make release VERSION=v0.2.0
//
// On main each nested go.mod requires a real version of the modules of this repository,
// and replaces them with the local folders. Go ignores the replacements of a library, but
// "go install …/enictl@v0.2.0" refuses a command with replacements. So the release commit,
// a child of main that is not merged into main, has enictl without replacements. The
// go.sum of enictl then needs the hashes of the root module's version, which is not
// published yet. They are computed from the commit: the root module's zip contains no
// nested module, so changes in nested modules do not change them.
package main

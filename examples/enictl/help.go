// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"strings"

	"github.com/cloudeni/cloudeni/examples/enictl/internal/fakecloud"
)

// The texts of -h. The tests check their examples.

const helpTemplate = `{{.Long | trimTrailingWhitespaces}}

{{if .HasExample}}Examples:
{{.Example | trimTrailingWhitespaces}}

{{end}}Usage:
  {{if .HasAvailableSubCommands}}{{.CommandPath}} COMMAND [flags]{{else}}{{.UseLine}}{{end}}
{{if .HasAvailableSubCommands}}
Commands:{{range .Commands}}{{if .IsAvailableCommand}}
  {{rpad .Name .NamePadding}} {{.Short}}{{end}}{{end}}

"{{.CommandPath}} COMMAND -h" shows the examples and the flags of one.
{{else if .HasAvailableLocalFlags}}
Flags:
{{.LocalFlags.FlagUsages | trimTrailingWhitespaces}}
{{end}}`

const rootHelp = `enictl releases addresses of elastic network interfaces, detaches, lists and deletes
interfaces, and finds unused ones.

Show an interface:
  enictl show --provider aliyun --region cn-hangzhou eni-bp67acfm

Release two addresses and a delegated prefix:
  enictl unassign-ips --provider aliyun --region cn-hangzhou --eni eni-bp67acfm 10.0.0.5 10.0.0.6 10.1.0.0/28

Release thousands of addresses of many interfaces. After an interrupt, run it again to continue:
  enictl release --provider aliyun --region cn-hangzhou -f targets.csv

Detach an interface from an instance, and wait up to 30 seconds until it is free:
  enictl detach --provider aliyun --region cn-hangzhou --eni eni-bp67acfm --instance i-bp1a2b3c --timeout 30s

Delete interfaces of an instance, and delete unused interfaces (without --delete, sweep only
shows them):
  enictl delete --provider aliyun --region cn-hangzhou --instance i-bp1a2b3c eni-bp67acfm eni-bp1other
  enictl sweep --provider aliyun --region cn-hangzhou --tag created-by=ci --delete

A target that is already gone is success, so any command may be repeated. Flags may be
before, between and after the other arguments, with one dash or two.

ENICTL_PROVIDER, ENICTL_REGION, ENICTL_ENDPOINT and ENICTL_PROFILE are the defaults of
--provider, --region, --endpoint and --profile.

--profile names a profile of the vendor's command line, made with "aliyun configure" or
"tccli configure": enictl uses its credentials, and its region if no --region is given.
Without --profile, credentials come from the environment, and then from the default chain
of the vendor's SDK (profile files, the role of the instance):
  aliyun   ALIBABA_CLOUD_ACCESS_KEY_ID, ALIBABA_CLOUD_ACCESS_KEY_SECRET,
           and with a session ALIBABA_CLOUD_SECURITY_TOKEN
  tencent  TENCENTCLOUD_SECRET_ID, TENCENTCLOUD_SECRET_KEY,
           and with a session TENCENTCLOUD_TOKEN

The exit status:
  0    everything is done
  1    something failed, the cloud was never reached, or a single call was interrupted
  2    nothing was sent: the command line or one of its files is wrong, or the question
       of release, delete or sweep was not answered with yes
  3    release, delete and sweep: interrupted, timed out, or a response was lost; run the
       same command again to continue
  130  a second Ctrl-C ended the program at once (143: SIGTERM)`

const completionHelp = `Print a script for a shell that completes commands, flags, providers, regions and profiles.
The help of each shell says how to install it: enictl completion bash -h.`

const completionExamples = `  enictl completion bash >enictl.bash
  enictl completion zsh >_enictl`

const unassignIPsHelp = `Release secondary IPv4 addresses and delegated IPv4 prefixes of one interface, and wait
until they are gone. A primary address is refused; one that is already gone is success.

In JSON, released and absent list the addresses that are gone. Accepted lists those whose
change the cloud has accepted and that are not known to be gone: with --no-wait, or because
the wait ended with an error.`

const unassignIPsExamples = `  enictl unassign-ips --provider aliyun --region cn-hangzhou --eni eni-bp67acfm 10.0.0.5 10.0.0.6 10.1.0.0/28
  enictl unassign-ips --provider tencent --region gz --api-version 2.0 --eni eni-m6dyj72l 10.0.0.5`

const unassignIPv6Help = `Release IPv6 addresses and delegated IPv6 prefixes of one interface, and wait until they
are gone. One that is already gone is success.

In JSON, released and absent list the addresses that are gone. Accepted lists those whose
change the cloud has accepted and that are not known to be gone: with --no-wait, or because
the wait ended with an error.`

const unassignIPv6Examples = `  enictl unassign-ipv6 --provider aliyun --region cn-hangzhou --eni eni-bp67acfm 2001:db8::5
  enictl unassign-ipv6 --provider tencent --region ap-guangzhou --eni eni-m6dyj72l --output json 2001:db8::5 >result.json`

const detachHelp = `Detach one interface from an instance, and wait until it is free. An interface on another
instance is not detached; one that is already free is success.

In JSON, outcome is released; absent if it was already free; accepted if the cloud has
accepted the detach and it is not known to be free; unknown if the response was lost;
refused or not_tried.`

const detachExamples = `  enictl detach --provider aliyun --region cn-hangzhou --eni eni-bp67acfm --instance i-bp1a2b3c --timeout 30s
  enictl detach --provider aliyun --region cn-hangzhou --eni eni-bp67acfm --instance i-bp1a2b3c --trunk eni-bp1trunk`

const showHelp = `Show the current type, state, attachment, addresses and delegated prefixes of interfaces.
The exit status is 1 if one of them does not exist.`

const showExamples = `  enictl show --provider aliyun --region cn-hangzhou eni-bp67acfm eni-bp1trunk
  enictl show --provider tencent --region ap-guangzhou --output json eni-m6dyj72l`

var fakeHelp = `Serve both clouds on loopback, with sample interfaces, until Ctrl-C. The fakes speak the
vendors' protocols and verify signatures, so you can test programs in any language with the
vendors' SDKs. No account is needed. Interface eni-1 is attached to instance i-1, and so on;
the interfaces of --leaked come after these, and are free. All have the tag created-by=demo
and a tag pod of their own. Tencent Cloud's API 2.0 is at /v2/index.php of its endpoint.

Paste the printed lines into another shell. ENICTL_… set the provider, the region and the
endpoint. The credentials are in the variables of the vendors' default credential chains.

A scene is a JSON file with other interfaces and credentials. --print-scene prints the
sample scene, as a file to edit.

A fault is KIND[:COUNT][:PERCENT%][:ACTION][:PROVIDER][:INTERFACE]. With conflict:3, each of
the next 3 changes gets a conflict; with throttle:10%:Detach, a tenth of the detaches are
throttled. The kinds are
` + faultKinds() + `
ENICTL_FAKE is an HTTP endpoint to control the fake while it runs: it adds and removes
faults, lists the requests, prints the scene and resets it. For example:
  curl -d conflict:3 $ENICTL_FAKE/faults`

// faultKinds has a line for each kind of faults.
func faultKinds() string {
	var b strings.Builder
	forms, about := fakecloud.Kinds()
	for n, form := range forms {
		fmt.Fprintf(&b, "  %-21s %s\n", form, about[n])
	}
	return b.String()
}

const fakeExamples = `  enictl fake
  enictl fake --provider aliyun --aliyun-port 4100 --enis 200 --addresses 25 --targets targets.jsonl
  enictl fake --provider tencent --enis 2 --leaked 20
  enictl fake --print-scene >scene.json
  enictl fake --scene scene.json --session --log requests.jsonl
  enictl fake --fault conflict:3 --fault lost-answer:10%:Detach --seed 7
  enictl fake --complete-after 500ms --history changes.jsonl -o json`

const releaseHelp = `Release the addresses in a file, of any number of interfaces, and wait until they are gone.
The file has a line for each address or delegated prefix, as JSON
  {"eni":"eni-bp67acfm","address":"10.0.0.5"}
or as CSV; if the first line is a header with eni and address (or eni_id and ip), other
columns are allowed:
  eni-bp67acfm,10.0.0.5
A JSON array of such objects also works. If lines are wrong, enictl lists all of them and
sends nothing.

It prints the key, the region and the number of addresses, and on a terminal it asks for
confirmation. Scripts that run on a terminal need --yes.

A journal beside the file records the outcome of each address. Ctrl-C ends a run
gracefully, a second Ctrl-C at once. Run the same command again to continue: addresses that
were released or already gone are skipped, all others are tried again. A journal belongs to
one provider, region and list.

A terminal shows a progress bar; otherwise there is a line every 5 seconds. With -o json
each outcome is a line on standard output, and the last line is the summary.

If standard output is closed, as with "| head", no further change begins.

The exit status is 0 if all addresses are gone, 1 if something was refused or the cloud
never answered, 2 if the command line or a file is wrong or the answer was not yes, and 3
if the run was interrupted or a response was lost: run the same command again.`

const releaseExamples = `  enictl release --provider aliyun --region cn-hangzhou -f targets.csv --dry-run
  enictl release --provider aliyun --region cn-hangzhou -f targets.csv
  enictl release --provider aliyun --region cn-hangzhou -f targets.csv --journal run.jsonl --yes
  jq -c 'select(.node=="n1")' all.jsonl | enictl release --provider tencent --region ap-guangzhou -f - --parallel 4`

const listHelp = `List the interfaces of the account and region that match all given flags. --tag may be
repeated; a key without a value matches any value.

Each interface is a line; in JSON an object like those of show. If the list ends early,
because of an error or Ctrl-C, the exit status is 1, and in JSON the last line is
{"error":{…}}. An empty list is no error.

The output is valid input for delete: enictl list -o json … | enictl delete -f -`

const listExamples = `  enictl list --provider aliyun --region cn-hangzhou --vpc vpc-bp1 --state available
  enictl list --provider tencent --region ap-guangzhou --tag created-by=ci --tag pod -o json
  enictl list --provider aliyun --region cn-hangzhou --instance i-bp1a2b3c --type secondary`

const deleteHelp = `Delete interfaces, and wait until they are gone. With --instance, an interface that is
attached to that instance is first detached; otherwise only free interfaces are deleted.
Interfaces are not deleted if a service of the cloud manages them, or if they are the
primary interface of an instance, a trunk with members, or have a tag of --keep-tag.

The interfaces are arguments or in a file: the first column of a CSV, or the column eni or
id if the first line is a header; or objects in JSON lines or an array
  {"eni":"eni-bp67acfm"}
The objects that list and show print, with "id", also work.

It shows the interfaces, and on a terminal it asks for confirmation. Scripts that run on a
terminal need --yes.

A journal, beside the file or of --journal, records which interfaces existed before the
first deletion, and the outcome of each. After an interrupt or a crash, run the same command
again to continue. An interface that does not exist is an error, because a wrong region or
account looks the same. It is success if the journal shows that it existed, or with
--ignore-not-found.

With -o json each outcome is a line on standard output, and the last line is the summary.

The exit status is 0 if all interfaces are gone, 1 if something was kept or refused or the
cloud never answered, 2 if the command line or a file is wrong or the answer was not yes,
and 3 if the run was interrupted or a response was lost: run the same command again.`

const deleteExamples = `  enictl delete --provider aliyun --region cn-hangzhou eni-bp67acfm
  enictl delete --provider tencent --region ap-guangzhou --instance ins-8wbkqfe1 eni-m6dyj72l eni-m6dyj72m
  enictl delete --provider aliyun --region cn-hangzhou --instance i-bp1a2b3c -f node.csv --keep-tag owner=platform
  enictl list --provider aliyun --region cn-hangzhou --tag created-by=ci -o json >old.jsonl
  enictl delete --provider aliyun --region cn-hangzhou -f old.jsonl --journal run.jsonl --yes`

const sweepHelp = `Find unused interfaces, and delete them with --delete; without it, only show them. They match
the flags (at least one --tag), are not managed by a service of the cloud, have no tag of
--keep-tag, and are free in two lists that are --grace apart. Nothing is detached, and an
interface that is attached before its deletion is not deleted.

On a terminal it shows them and asks for confirmation. Scripts that run on a terminal need
--yes.

With -o json a dry run prints the interfaces, as list does; with --delete each outcome is a
line, and the last line is the summary. --journal records the outcomes in a file, to which
each sweep with the same flags appends.

Ctrl-C ends it at once; deletions that have begun may still take effect. The next sweep
begins again.

The exit status is 0 if all unused interfaces are gone or were kept, and for a dry run; 1 if
a deletion was refused or the cloud never answered, 2 if the command line or a file is wrong
or the answer was not yes, and 3 if it was interrupted or a response was lost.`

const sweepExamples = `  enictl sweep --provider aliyun --region cn-hangzhou --tag created-by=ci
  enictl sweep --provider aliyun --region cn-hangzhou --tag created-by=ci --delete --max 20
  enictl sweep --provider tencent --region ap-guangzhou --tag cluster=c1 --keep-tag keep --grace 30m --delete --yes --journal sweep.jsonl -o json`

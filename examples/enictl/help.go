// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"strings"

	"github.com/cloudeni/cloudeni/examples/enictl/internal/fakecloud"
)

// The texts of -h. What they show as an example is checked by the tests.

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

const rootHelp = `enictl takes addresses off elastic network interfaces, and interfaces off instances; it
lists and deletes interfaces, and finds those that somebody has left behind.

Show an interface:
  enictl show --provider aliyun --region cn-hangzhou eni-bp67acfm

Release two addresses and a delegated prefix:
  enictl unassign-ips --provider aliyun --region cn-hangzhou --eni eni-bp67acfm 10.0.0.5 10.0.0.6 10.1.0.0/28

Release thousands of addresses over many interfaces; interrupted, it goes on when run again:
  enictl release --provider aliyun --region cn-hangzhou -f targets.csv

Detach an interface from an instance, and give it 30 seconds to come free:
  enictl detach --provider aliyun --region cn-hangzhou --eni eni-bp67acfm --instance i-bp1a2b3c --timeout 30s

Delete the interfaces of an instance, and those that were left behind (without --delete it
only shows them):
  enictl delete --provider aliyun --region cn-hangzhou --instance i-bp1a2b3c eni-bp67acfm eni-bp1other
  enictl sweep --provider aliyun --region cn-hangzhou --tag created-by=ci --delete

What is gone already is success, so that any command may be repeated. Flags may stand
before, between and after the other words, with one dash or with two.

ENICTL_PROVIDER, ENICTL_REGION, ENICTL_ENDPOINT and ENICTL_PROFILE stand in for
--provider, --region, --endpoint and --profile where those are not given.

--profile names a profile of the vendor's command line, as "aliyun configure" or
"tccli configure" made it: its credentials, and its region where none is named. Else
credentials come from the environment, and then from where the vendor's SDK looks for
them by itself (profile files, the role of the instance):
  aliyun   ALIBABA_CLOUD_ACCESS_KEY_ID, ALIBABA_CLOUD_ACCESS_KEY_SECRET,
           and with a session ALIBABA_CLOUD_SECURITY_TOKEN
  tencent  TENCENTCLOUD_SECRET_ID, TENCENTCLOUD_SECRET_KEY,
           and with a session TENCENTCLOUD_TOKEN

The exit status:
  0    done: what was asked for is so
  1    something failed, the cloud was never reached, or a single call was interrupted
  2    nothing was sent: the command line or a file that it names is wrong, or the
       question of release, delete or sweep was not answered with yes
  3    release, delete and sweep: it was interrupted, ran out of time, or an answer was
       lost; the same command can go on
  130  a second Ctrl-C ended it at once (143: SIGTERM)`

const completionHelp = `Print the script that completes the commands, flags, providers, regions and profiles in a
shell. What to do with it is in the help of each shell: enictl completion bash -h.`

const completionExamples = `  enictl completion bash >enictl.bash
  enictl completion zsh >_enictl`

const unassignIPsHelp = `Release secondary IPv4 addresses and delegated IPv4 prefixes of one interface, and wait
until they are gone. A primary address is refused; one that is gone already is success.

In JSON, released and absent hold what is gone, and accepted what the cloud has accepted
and has not been seen gone: with --no-wait, or because the wait ended with an error.`

const unassignIPsExamples = `  enictl unassign-ips --provider aliyun --region cn-hangzhou --eni eni-bp67acfm 10.0.0.5 10.0.0.6 10.1.0.0/28
  enictl unassign-ips --provider tencent --region gz --api-version 2.0 --eni eni-m6dyj72l 10.0.0.5`

const unassignIPv6Help = `Release IPv6 addresses and delegated IPv6 prefixes of one interface, and wait until they
are gone. One that is gone already is success.

In JSON, released and absent hold what is gone, and accepted what the cloud has accepted
and has not been seen gone: with --no-wait, or because the wait ended with an error.`

const unassignIPv6Examples = `  enictl unassign-ipv6 --provider aliyun --region cn-hangzhou --eni eni-bp67acfm 2001:db8::5
  enictl unassign-ipv6 --provider tencent --region ap-guangzhou --eni eni-m6dyj72l --output json 2001:db8::5 >result.json`

const detachHelp = `Detach one interface from an instance, and wait until it is free. An interface that is on
another instance by now stays there; one that is free already is success.

In JSON, outcome says what became of it: released, absent where it was free already,
accepted where the cloud has accepted and it has not been seen free, unknown where the
answer was lost, refused or not_tried.`

const detachExamples = `  enictl detach --provider aliyun --region cn-hangzhou --eni eni-bp67acfm --instance i-bp1a2b3c --timeout 30s
  enictl detach --provider aliyun --region cn-hangzhou --eni eni-bp67acfm --instance i-bp1a2b3c --trunk eni-bp1trunk`

const showHelp = `Show interfaces as the cloud describes them now: type, state, what they are attached to,
addresses and delegated prefixes. The exit status is 1 when one of them does not exist.`

const showExamples = `  enictl show --provider aliyun --region cn-hangzhou eni-bp67acfm eni-bp1trunk
  enictl show --provider tencent --region ap-guangzhou --output json eni-m6dyj72l`

var fakeHelp = `Serve both clouds on loopback, with sample interfaces, until Ctrl-C. They speak the vendors'
protocols and verify signatures, so that programs in any language can be tried on them with
the vendors' SDKs; no account is needed. Interface eni-1 is attached to instance i-1, and
so on; behind them come those of --leaked, which are free. All have the tag
created-by=demo, and a tag pod of their own. Tencent Cloud's API 2.0 is at /v2/index.php of
its endpoint.

What is printed can be pasted into another shell: ENICTL_… say where the cloud is, and
the credentials are in the variables in which the vendors' SDKs look for them.

A scene is a JSON file with other interfaces and credentials. --print-scene prints the
samples as one to begin with.

A fault is KIND[:COUNT][:PERCENT%][:ACTION][:PROVIDER][:INTERFACE]: conflict:3 is a conflict
for each of the next 3 changes, throttle:10%:Detach one for a tenth of the detachments. The
kinds are
` + faultKinds() + `
ENICTL_FAKE is an endpoint that adds and removes faults while the fake runs, has the
requests and the scene, and resets it; with curl: curl -d conflict:3 $ENICTL_FAKE/faults.`

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

const releaseHelp = `Release the addresses that a file lists, of any number of interfaces, and wait until they
are gone. The file has a line for each address (or delegated prefix), as JSON
  {"eni":"eni-bp67acfm","address":"10.0.0.5"}
or as CSV, with other columns too where the first line is a header with eni and address
(or eni_id and ip):
  eni-bp67acfm,10.0.0.5
A JSON array of such objects will do as well. All lines that are wrong are named, and
then nothing is sent.

It says whose key it uses, where, and how much there is to release, and on a terminal it
asks. Scripts that run on a terminal need --yes.

A journal beside the file has what became of each address before anything else is done.
Ctrl-C ends a run gracefully, a second one at once; the same command, run again, goes on
where it stopped: what was released, or was gone already, is not asked for again, and
everything else is tried again. A journal belongs to one provider, region and list.

A terminal gets a progress bar, anything else a line every 5 seconds. With -o json each
outcome is a line on standard output as it comes, and the last line is the summary.

When nobody reads standard output any more, as behind "| head", no further change is begun.

The exit status is 0 when all is gone, 1 when something was refused or the cloud never
answered, 2 when the command line or a file is wrong or the answer was not yes, and 3 when
the run was interrupted or an answer was lost: run the same command again.`

const releaseExamples = `  enictl release --provider aliyun --region cn-hangzhou -f targets.csv --dry-run
  enictl release --provider aliyun --region cn-hangzhou -f targets.csv
  enictl release --provider aliyun --region cn-hangzhou -f targets.csv --journal run.jsonl --yes
  jq -c 'select(.node=="n1")' all.jsonl | enictl release --provider tencent --region ap-guangzhou -f - --parallel 4`

const listHelp = `List the interfaces of the account and region that match all of the flags. Flags that are
not given match everything. --tag may be repeated; a key alone stands for any value.

Each interface is a line, as it comes; in JSON it is an object like those of show. A list
that ends early, because of an error or Ctrl-C, has an exit status of 1, and in JSON a last
line {"error":{…}}. Nothing matches: that is no error.

The lines are a list for delete: enictl list -o json … | enictl delete -f -`

const listExamples = `  enictl list --provider aliyun --region cn-hangzhou --vpc vpc-bp1 --state available
  enictl list --provider tencent --region ap-guangzhou --tag created-by=ci --tag pod -o json
  enictl list --provider aliyun --region cn-hangzhou --instance i-bp1a2b3c --type secondary`

const deleteHelp = `Delete interfaces, and wait until they are gone. With --instance one that is attached to that
instance is detached first; without it, and on any other instance, it stays. What a service
of the cloud manages, the primary interface of an instance, a trunk with members, and what
has a tag of --keep-tag are left alone.

The interfaces are those of the command line, or of a file: the first column of a CSV, or
the column eni or id where the first line is a header; or objects in JSON lines or an array
  {"eni":"eni-bp67acfm"}
such as list and show print them, with "id".

It shows what is there, and on a terminal it asks. Scripts that run on a terminal need
--yes.

A journal, beside the file or of --journal, has what was there before anything is deleted,
and what became of each. The same command, run again after whatever has ended it, goes on
where it stopped. An interface that does not exist is an error, because in a wrong region or
account it looks the same, unless the journal has seen it, or with --ignore-not-found.

With -o json each outcome is a line on standard output as it comes, and the last line is the
summary.

The exit status is 0 when all are gone, 1 when something was left alone or refused or the
cloud never answered, 2 when the command line or a file is wrong or the answer was not yes,
and 3 when the run was interrupted or an answer was lost: run the same command again.`

const deleteExamples = `  enictl delete --provider aliyun --region cn-hangzhou eni-bp67acfm
  enictl delete --provider tencent --region ap-guangzhou --instance ins-8wbkqfe1 eni-m6dyj72l eni-m6dyj72m
  enictl delete --provider aliyun --region cn-hangzhou --instance i-bp1a2b3c -f node.csv --keep-tag owner=platform
  enictl list --provider aliyun --region cn-hangzhou --tag created-by=ci -o json >old.jsonl
  enictl delete --provider aliyun --region cn-hangzhou -f old.jsonl --journal run.jsonl --yes`

const sweepHelp = `Find the interfaces that somebody has left behind, and delete them with --delete; without it
they are only shown. They match the flags (at least one --tag), are free, are managed by no
service of the cloud, have no tag of --keep-tag, and were seen free in two lists with --grace
between them. Nothing is detached, and what is attached before its turn comes is left alone.

On a terminal it shows them and asks. Scripts that run on a terminal need --yes.

With -o json a dry run prints the interfaces, as list does; with --delete each outcome is a
line as it comes, and the last line is the summary. --journal keeps the outcomes in a file,
to which each sweep of the same kind appends.

Ctrl-C ends it at once; what it had begun may still take effect. The next sweep lists anew.

The exit status is 0 when all that was to go is gone or was left alone, and for a dry run;
1 when a deletion was refused or the cloud never answered, 2 when the command line or a file
is wrong or the answer was not yes, and 3 when it was interrupted or an answer was lost.`

const sweepExamples = `  enictl sweep --provider aliyun --region cn-hangzhou --tag created-by=ci
  enictl sweep --provider aliyun --region cn-hangzhou --tag created-by=ci --delete --max 20
  enictl sweep --provider tencent --region ap-guangzhou --tag cluster=c1 --keep-tag keep --grace 30m --delete --yes --journal sweep.jsonl -o json`

package main

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

const rootHelp = `enictl takes addresses off elastic network interfaces, and interfaces off instances.

Show an interface:
  enictl show --provider aliyun --region cn-hangzhou eni-bp67acfm

Release two addresses and a delegated prefix:
  enictl unassign-ips --provider aliyun --region cn-hangzhou --eni eni-bp67acfm 10.0.0.5 10.0.0.6 10.1.0.0/28

Release thousands of addresses over many interfaces; interrupted, it goes on when run again:
  enictl release --provider aliyun --region cn-hangzhou -f targets.csv

Detach an interface from an instance, and give it 30 seconds to come free:
  enictl detach --provider aliyun --region cn-hangzhou --eni eni-bp67acfm --instance i-bp1a2b3c --timeout 30s

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
       question of release was not answered with yes
  3    release only: it was interrupted, ran out of time, or an answer was lost; the
       same command can go on
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

const fakeHelp = `Serve both clouds on loopback, with sample interfaces, until Ctrl-C. They speak the vendors'
protocols and verify signatures, so that any SDK can be tried on them; no account is needed.
Interface eni-1 is attached to instance i-1, and so on; Tencent Cloud's API 2.0 is at
/v2/index.php of its endpoint.

What is printed can be pasted into another shell: ENICTL_… say where the cloud is, and
the credentials are in the variables in which the vendors' SDKs look for them.`

const fakeExamples = `  enictl fake
  enictl fake --provider aliyun --aliyun-port 4100 --enis 200 --addresses 25 --targets targets.jsonl
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

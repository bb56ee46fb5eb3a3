# Asks the program, and leaves it to fish which candidates match.
function __claude_bedrock_complete
    # fish says what it does not find where no redirection reaches.
    command --query claude-bedrock
    or builtin return
    builtin set -l words (builtin commandline --current-process --tokenize --cut-at-cursor)
    builtin set -l current (builtin commandline --current-token --cut-at-cursor)
    builtin set -l answer (command claude-bedrock complete --all (builtin count $words) -- $words "$current" </dev/null 2>/dev/null)
    or builtin return
    builtin set -l start (builtin string replace --filter \t'command ' '' -- "$answer[1]")
    if builtin test -n "$start"
        builtin set -e words[1..$start]
        builtin complete --do-complete (builtin string join ' ' -- (builtin string escape -- $words) "$current")
    else if builtin test "$answer[1]" = \tfiles
        __fish_complete_path "$current"
    else
        builtin string join \n -- $answer
    end
end

# What a completion file or an earlier hook said would be asked as well.
builtin complete --command claude-bedrock --erase
builtin complete --command claude-bedrock --no-files --arguments '(__claude_bedrock_complete)'

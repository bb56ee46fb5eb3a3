# What Homebrew does with a formula, as far as ours asks for it: prints what it fetches for a system and a processor, and
# installs the unpacked archive DIRECTORY below PREFIX.
#
#   ruby formula.rb FORMULA macos|linux arm|intel [DIRECTORY PREFIX]
require "fileutils"
require "pathname"

FILE, SYSTEM, PROCESSOR, DIRECTORY, PREFIX = ARGV

# https://docs.brew.sh/Formula-Cookbook: `Pathname#install` of Homebrew.
class Pathname
  def install(*files)
    mkpath
    files.flatten.tap { |list| raise "nothing goes to #{self}" if list.empty? }.each { |file| FileUtils.cp_r file, self }
  end
end

class Formula
  class << self
    attr_reader :said

    %i[desc homepage version license url sha256].each do |field|
      define_method(field) do |value|
        @said ||= {}
        raise "#{field} twice" if @said.key?(field)
        @said[field] = value
      end
    end

    { on_macos: "macos", on_linux: "linux" }.each { |name, it| define_method(name) { |&own| own.call if SYSTEM == it } }
    { on_arm: "arm", on_intel: "intel" }.each { |name, it| define_method(name) { |&own| own.call if PROCESSOR == it } }

    # Its block runs inside of Homebrew alone.
    def test; end
  end

  # https://rubydoc.brew.sh/Formula: where each kind of file belongs.
  {
    bin: "bin", man1: "share/man/man1", bash_completion: "etc/bash_completion.d", zsh_completion: "share/zsh/site-functions",
    fish_completion: "share/fish/vendor_completions.d", pkgshare: "share/claude-bedrock", doc: "share/doc/claude-bedrock"
  }.each { |name, place| define_method(name) { Pathname(PREFIX)/place } }
end

load FILE
puts ClaudeBedrock.said.values_at(:version, :license, :url, :sha256)
# `brew audit`: https://docs.brew.sh/Formula-Cookbook
raise "the description is too long" if ClaudeBedrock.said[:desc].length > 80
Dir.chdir(DIRECTORY) { ClaudeBedrock.new.install } if DIRECTORY

class ClaudeBedrock < Formula
  desc "Right AWS account, region and models for Claude Code in every directory"
  homepage "@HOMEPAGE@"
  url "@URL@"
  sha256 "@SHA256@"
  license "MIT"

  depends_on "rust" => :build

  def install
    system "cargo", "install", *std_cargo_args
    generate_completions_from_executable(bin/"claude-bedrock", "completions", shells: [:bash, :zsh, :fish])
    mkdir "man1"
    system bin/"claude-bedrock", "man", "--out", "man1"
    man1.install Dir["man1/*.1"]
  end

  test do
    (testpath/"config.toml").write <<~TOML
      [profiles.work]
      region = "eu-west-1"
      auth = { method = "aws-profile", profile = "bedrock-work" }
    TOML
    chmod 0600, testpath/"config.toml"
    ENV["CLAUDE_BEDROCK_CONFIG"] = testpath/"config.toml"
    assert_match "eu-west-1", shell_output("#{bin}/claude-bedrock show work")
    assert_match "__claude_bedrock_hook", shell_output("#{bin}/claude-bedrock hook zsh")
  end
end
